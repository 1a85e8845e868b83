// A directory of did:plc by @did-plc/server, with its database in memory, on a
// free port of the loopback. Prints the port, and ends with standard input. Each
// line of that is a number of milliseconds by which its clock goes forward; it is
// printed again when that is done.
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'

let passed = 0
globalThis.Date = class extends Date {
  constructor(...args) {
    super(...(args.length > 0 ? args : [Date.now()]))
  }
  static now() {
    return super.now() + passed
  }
}
process.env.LOG_ENABLED = 'false' // read when the packages are loaded
const { default: plc } = await import('@did-plc/server')

const server = createServer(plc.PlcServer.create({ db: plc.Database.mock() }).app)
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
for await (const line of createInterface(process.stdin)) {
  passed += Number(line)
  console.log(line)
}
process.exit()
