// Identities by @did-plc/lib.
import { P256Keypair, Secp256k1Keypair } from '@atproto/crypto'
import plc from '@did-plc/lib'
import { toBytes } from './bytes.mjs'

const keypair = ({ curve, secret }) =>
  ({ 'K-256': Secp256k1Keypair, 'P-256': P256Keypair })[curve].import(toBytes(secret))

// What a client gets, or the refusal.
async function answer(request) {
  try {
    return await request
  } catch (err) {
    if (!(err instanceof plc.PlcClientError)) throw err
    return { status: err.status, ...err.data }
  }
}

// All that a directory says of a DID, and the data that its log leads to.
async function stage(client, did) {
  const log = await client.getOperationLog(did)
  return {
    document: await answer(client.getDocument(did)),
    data: await answer(client.getDocumentData(did)),
    log,
    audit: await client.getAuditableLog(did),
    last: await client.getLastOp(did),
    verified: await plc.validateOperationLog(did, log),
  }
}

// Leads an identity through all that can happen to it, and returns what the
// directory says after each step. The keys are those of the owner and, of lower
// authority, of an operator and of another one; the others sign records.
export async function life({ url, owner, operator, other, signing, newSigning, handle, newHandle, pds, newPDS }) {
  const keys = { owner, operator, other, signing, newSigning }
  for (const name in keys) keys[name] = await keypair(keys[name])
  const client = new plc.Client(url)
  const stages = []
  const did = await client.createDid({
    signingKey: keys.signing.did(),
    handle,
    pds,
    rotationKeys: [keys.owner.did(), keys.operator.did()],
    signer: keys.operator,
  })
  const look = async () => stages.push(await stage(client, did))
  await look()
  await client.updateHandle(did, keys.operator, newHandle)
  await look()
  await client.updatePds(did, keys.operator, newPDS)
  await look()
  await client.updateAtprotoKey(did, keys.operator, keys.newSigning.did())
  await look()
  const before = await client.getLastOp(did)
  await client.updateRotationKeys(did, keys.operator, [keys.operator.did()])
  await look()
  const mine = [keys.owner.did(), keys.other.did()]
  await client.sendOperation(did, await plc.updateRotationKeysOp(before, keys.owner, mine))
  await look()
  const alive = await client.getLastOp(did)
  await client.tombstone(did, keys.other)
  await look()
  await client.sendOperation(did, await plc.updateHandleOp(alive, keys.owner, handle))
  await look()
  await client.tombstone(did, keys.owner)
  await look()
  return { did, stages }
}

// Pages of all that a directory has, and what it says of its health. A page must
// have two lines or more: the client cannot read others.
export async function all({ url, pages, count }) {
  const client = new plc.Client(url)
  const read = []
  while (read.length < pages) {
    read.push(await client.export(read.at(-1)?.at(-1).createdAt, count))
  }
  return { pages: read, health: await client.health() }
}
