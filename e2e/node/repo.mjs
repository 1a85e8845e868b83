// Repositories as @atproto/repo reads, verifies and makes them.
import { P256Keypair, Secp256k1Keypair } from '@atproto/crypto'
import { encode } from '@atproto/lex-cbor'
import { parseCid } from '@atproto/lex-data'
import { jsonToLex, lexToJson } from '@atproto/lex-json'
import {
  MST,
  MemoryBlockstore,
  Repo,
  blocksToCarFile,
  concatBytesAsync,
  getFullRepo,
  getRecords,
  readCarWithRoot,
  verifyDiffCar,
  verifyProofs,
  verifyRecords,
  verifyRepoCar,
} from '@atproto/repo'
import { fromBytes, toBytes } from './bytes.mjs'

const pathOf = ({ collection, rkey }) => `${collection}/${rkey}`

function splitPath(path) {
  const slash = path.indexOf('/')
  return { collection: path.slice(0, slash), rkey: path.slice(slash + 1) }
}

const claimOf = (claim) => ({ path: pathOf(claim), cid: claim.cid ? String(claim.cid) : '' })

const recordOf = (path, record) => ({ path, data: fromBytes(encode(record)), json: lexToJson(record) })

const opOf = (write) => ({
  action: write.action,
  path: pathOf(write),
  cid: write.action === 'delete' ? '' : String(write.cid),
  prev: write.action === 'update' ? String(write.prev) : write.action === 'delete' ? String(write.cid) : '',
})

// Verifies a whole repository, reads every record, and makes its tree anew.
export async function verify({ car, did, key }) {
  const verified = await verifyRepoCar(toBytes(car), did, key)
  const { root, blocks } = await readCarWithRoot(toBytes(car))
  const repo = await Repo.load(new MemoryBlockstore(blocks), root)
  const cids = Object.fromEntries(verified.creates.map((create) => [pathOf(create), String(create.cid)]))
  const records = []
  for await (const { collection, rkey, record } of repo.walkRecords()) {
    const path = pathOf({ collection, rkey })
    records.push({ ...recordOf(path, record), cid: cids[path] })
  }
  return {
    head: String(verified.commit.cid),
    rev: verified.commit.rev,
    data: String(repo.commit.data),
    rebuilt: await rebuild(Object.entries(cids)),
    records,
  }
}

async function rebuild(entries) {
  let tree = await MST.create(new MemoryBlockstore())
  for (const [path, cid] of entries.toReversed()) {
    tree = await tree.add(path, parseCid(cid))
  }
  return String(await tree.getPointer())
}

// Verifies each of several CAR files as a change of the repository before it,
// of which the first is whole, and says what has changed.
export async function verifyDiffs({ car, diffs, did, key }) {
  const { root, blocks } = await readCarWithRoot(toBytes(car))
  const storage = new MemoryBlockstore(blocks)
  let repo = await Repo.load(storage, root)
  const result = []
  for (const diff of diffs) {
    const { writes, commit } = await verifyDiffCar(repo, toBytes(diff), did, key)
    result.push({ head: String(commit.cid), ops: writes.map(opOf) })
    await storage.applyCommit(commit)
    repo = await Repo.load(storage, commit.cid)
  }
  return result
}

// Says of each CAR file which claims about paths, with an empty CID for none,
// it proves, and which records are in it.
export function proofs(cases) {
  return Promise.all(
    cases.map(async ({ car, claims, did, key }) => {
      const claimed = claims.map(({ path, cid }) => ({ ...splitPath(path), cid: cid ? parseCid(cid) : null }))
      const { verified, unverified } = await verifyProofs(toBytes(car), claimed, did, key)
      const records = await verifyRecords(toBytes(car), did, key)
      return {
        verified: verified.map(claimOf),
        unverified: unverified.map(claimOf),
        records: records.map((claim) => recordOf(pathOf(claim), claim.record)),
      }
    }),
  )
}

// Makes a repository, one commit for each batch of writes, and proofs of paths
// in its last version.
export async function make({ did, curve, secret, batches, paths = [] }) {
  const keypair = await { 'K-256': Secp256k1Keypair, 'P-256': P256Keypair }[curve].import(toBytes(secret))
  const storage = new MemoryBlockstore()
  const commits = []
  let repo
  for (const batch of batches) {
    const writes = batch.map(({ action, path, record }) => ({
      action,
      ...splitPath(path),
      ...(action !== 'delete' && { record: jsonToLex(record, { strict: true }) }),
    }))
    const commit = repo
      ? await repo.formatCommit(writes, keypair)
      : await Repo.formatInitCommit(storage, did, keypair, writes)
    const prevData = repo ? String(repo.commit.data) : ''
    repo = repo ? await repo.applyCommit(commit) : await Repo.createFromCommit(storage, commit)
    commits.push({
      head: String(commit.cid),
      rev: commit.rev,
      since: commit.since ?? '',
      data: String(repo.commit.data),
      prevData,
      blocks: fromBytes(await blocksToCarFile(commit.cid, commit.relevantBlocks)),
    })
  }
  const proofOf = async (path) => fromBytes(await concatBytesAsync(getRecords(storage, repo.cid, [splitPath(path)])))
  return {
    key: keypair.did(),
    commits,
    car: fromBytes(await concatBytesAsync(getFullRepo(storage, repo.cid))),
    proofs: await Promise.all(paths.map(proofOf)),
  }
}
