// Data as @atproto/lex-cbor, @atproto/lex-json and @ipld/dag-cbor code it.
import { cidForLex, decode, encode } from '@atproto/lex-cbor'
import { jsonToLex, lexStringify } from '@atproto/lex-json'
import * as dagCbor from '@ipld/dag-cbor'
import { fromBytes, toBytes } from './bytes.mjs'

// Decodes and encodes each block.
export function recode(blocks) {
  return Promise.all(
    blocks.map(async (block) => {
      const value = decode(toBytes(block))
      return {
        lexCbor: fromBytes(encode(value)),
        dagCbor: fromBytes(dagCbor.encode(dagCbor.decode(toBytes(block)))),
        cid: String(await cidForLex(value)),
        json: lexStringify(value),
      }
    }),
  )
}

// Encodes values that are given as JSON.
export function fromJSON(values) {
  return Promise.all(
    values.map(async (value) => {
      const lex = jsonToLex(value, { strict: true })
      return { data: fromBytes(encode(lex)), cid: String(await cidForLex(lex)) }
    }),
  )
}
