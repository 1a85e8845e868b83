// Lexicons in the network, by the packages of lex.
import dns from 'node:dns'
import { Client } from '@atproto/lex'

// resolve returns what the other side finds for an NSID.
export async function resolve({ nsid, dnsServer, plc }) {
  dns.setServers([dnsServer]) // the package asks those that are set when it is loaded
  const { LexResolver } = await import('@atproto/lex-resolver')
  const resolver = new LexResolver({ plcDirectoryUrl: plc })
  const { uri, cid, lexicon } = await resolver.get(nsid)
  return { uri: uri.toString(), cid: cid.toString(), lexicon }
}

// publish puts lexicons into the repository of an account, and returns their CIDs.
export async function publish({ service, did, token, lexicons }) {
  const client = new Client({
    did,
    fetchHandler: (path, init) => {
      const headers = new Headers(init.headers)
      headers.set('authorization', `Bearer ${token}`)
      return fetch(new URL(path, service), { ...init, headers })
    },
  })
  const cids = []
  for (const lexicon of lexicons) {
    const record = { ...lexicon, $type: 'com.atproto.lexicon.schema' }
    const answer = await client.putRecord(record, lexicon.id)
    cids.push(answer.body.cid)
  }
  return cids
}
