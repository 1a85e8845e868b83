// Loaded before a program, it has that ask the DNS server at DNS_SERVER, and the
// directory of did:plc at PLC_URL instead of the public one.
import dns from 'node:dns'

dns.setServers([process.env.DNS_SERVER])
const { fetch } = globalThis
globalThis.fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input)
  if (url.origin !== 'https://plc.directory') {
    return fetch(input, init)
  }
  return fetch(new URL(url.pathname, process.env.PLC_URL), input instanceof Request ? { headers: input.headers } : init)
}
