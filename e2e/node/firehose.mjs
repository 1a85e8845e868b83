// Follows the service that is the first argument from the beginning with the Firehose of
// @atproto/sync, which verifies each commit with the key in the DID document, that it
// looks up anew each time: node firehose.mjs SERVICE PLC DNS. PLC is the URL of the
// directory of did:plc, and DNS the address of the DNS server that knows the handles.
// Prints a line of JSON for each event that it accepts, and { "error": "..." } for each
// that it does not. Ends with standard input.
import dns from 'node:dns'
import { once } from 'node:events'

const [service, plc, dnsServer] = process.argv.slice(2)
dns.setServers([dnsServer])
const { IdResolver } = await import('@atproto/identity')
const { Firehose } = await import('@atproto/sync')

const print = (line) => console.log(JSON.stringify(line))
const firehose = new Firehose({
  service: service.replace('http', 'ws'),
  idResolver: new IdResolver({ plcUrl: plc, fetch: globalThis.fetch }), // its own refuses http
  getCursor: () => 0,
  handleEvent: ({ seq, event, did, collection, rkey, cid, rev, handle, active, status }) =>
    print({ seq, event, did, collection, rkey, cid: cid?.toString(), rev, handle, active, status }),
  onError: (err) => {
    const reasons = []
    for (let e = err; e; e = e.cause) {
      reasons.push(e.message)
    }
    print({ error: reasons.join(': ') })
  },
})
firehose.start()
process.stdin.resume()
await once(process.stdin, 'end')
await firehose.destroy()
process.exit()
