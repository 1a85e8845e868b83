// The reference PDS, with its databases in the folder that is its first argument and
// the directory of did:plc at the URL that is its second one, on a free port of the
// loopback. It announces itself to the relays at the URLs that follow. Prints its URL and
// the password of its operator, a line each, and ends with standard input. Handles are
// below .test.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

const [folder, plc, ...relays] = process.argv.slice(2)
process.env.LOG_ENABLED = 'false' // read when the packages are loaded
const { PDS } = await import('@atproto/pds')

const secret = () => randomBytes(32).toString('hex')
const port = await freePort()
const adminPassword = secret()
const pds = await PDS.fromEnv({
  port,
  hostname: 'localhost',
  serviceDid: `did:web:localhost%3A${port}`, // the default is the same for any port
  devMode: true,
  dataDirectory: folder,
  blobstoreDiskLocation: `${folder}/blobs`,
  didPlcUrl: plc,
  serviceHandleDomains: ['.test'],
  adminPassword,
  jwtSecret: secret(),
  plcRotationKeyK256PrivateKeyHex: secret(),
  inviteRequired: false,
  disableSsrfProtection: true,
  bskyAppViewUrl: 'http://localhost:1',
  bskyAppViewDid: 'did:web:localhost%3A1',
  acceptingRepoImports: true,
  crawlers: relays,
})
pds.ctx.sequencer.crawlers.hostname += `:${port}` // without it, relays are told the name alone
const listen = pds.app.listen.bind(pds.app)
pds.app.listen = (port) => listen(port, '127.0.0.1')
await pds.start()
console.log(`http://localhost:${port}\n${adminPassword}`)
process.stdin.resume()
await once(process.stdin, 'end')
await pds.destroy()
process.exit()

// freePort returns a port that nobody listens on. The public URL has to be known
// before the server listens.
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
