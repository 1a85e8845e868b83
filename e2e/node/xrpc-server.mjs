// A service with @atproto/xrpc-server: counters, as examples/counter has them, and
// blobs. Its lexicons are JSON on the first line of standard input; it prints its
// port, and ends with standard input.
import { createInterface } from 'node:readline'
import express from 'express'
import { createServer, ErrorFrame, InvalidRequestError } from '@atproto/xrpc-server'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const lexicons = JSON.parse((await lines.next()).value)

const counts = new Map()
const steps = []
const server = createServer(lexicons, { validateResponse: false })
server.addMethod('com.example.counter.get', {
  handler: ({ params }) => ({ encoding: 'application/json', body: { count: counts.get(params.name) ?? 0 } }),
})
server.addMethod('com.example.counter.add', {
  handler: ({ input }) => {
    const { name, by } = input.body
    const count = (counts.get(name) ?? 0) + by
    if (count > 100) throw new InvalidRequestError(`${name} would be ${count}`, 'LimitReached')
    counts.set(name, count)
    steps.push({ $type: '#step', seq: steps.length + 1, name, count })
    return { encoding: 'application/json', body: { count } }
  },
})
server.addMethod('com.atproto.repo.uploadBlob', {
  handler: async ({ input }) => {
    let size = 0
    for await (const chunk of input.body) size += chunk.length
    const ref = { $link: 'bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity' }
    return { encoding: 'application/json', body: { blob: { $type: 'blob', ref, mimeType: input.encoding, size } } }
  },
})
server.streamMethod('com.example.counter.watch', async function* ({ params }) {
  if ((params.cursor ?? 0) > steps.length) yield new ErrorFrame({ error: 'FutureCursor', message: 'not yet' })
  for (const step of steps.slice(params.cursor ?? 0)) yield step
})

// Streams work only in an app that the router is mounted in.
const listening = express().use(server.router).listen(0, '127.0.0.1', () => console.log(listening.address().port))
for await (const line of lines) void line
process.exit(0)
