// Keys and signatures by @atproto/crypto.
import { P256Keypair, Secp256k1Keypair, parseDidKey, formatDidKey, verifySignature } from '@atproto/crypto'
import { fromBytes, toBytes } from './bytes.mjs'

// Signs each message with its key.
export function sign(cases) {
  return Promise.all(
    cases.map(async ({ curve, secret, message }) => {
      const keypair = await { 'K-256': Secp256k1Keypair, 'P-256': P256Keypair }[curve].import(toBytes(secret))
      return { key: keypair.did(), signature: fromBytes(await keypair.sign(toBytes(message))) }
    }),
  )
}

// Says of each signature whether it is accepted, and, with malleable, whether
// it is where a high s is allowed.
export function verify(cases) {
  return Promise.all(
    cases.map(async ({ key, message, signature, malleable }) => {
      try {
        return await verifySignature(key, toBytes(message), toBytes(signature), { allowMalleableSig: malleable })
      } catch {
        return false
      }
    }),
  )
}

// Reads each key and writes it again.
export function read(keys) {
  return keys.map((key) => {
    const { jwtAlg, keyBytes } = parseDidKey(key)
    return { algorithm: jwtAlg, bytes: fromBytes(keyBytes), again: formatDidKey(jwtAlg, keyBytes) }
  })
}
