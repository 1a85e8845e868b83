// Calls a server of ours with the client that the network's apps use, and follows a
// stream of it.
import { XrpcClient, XRPCError } from '@atproto/xrpc'
import { Subscription } from '@atproto/xrpc-server'

// calls makes calls one after another: [NSID, parameters, input, options]. The answer
// has for each what came, or the error.
export async function calls({ url, lexicons, calls }) {
  const client = new XrpcClient(url, lexicons)
  const answers = []
  for (const { nsid, params, input, bytes, encoding } of calls) {
    const data = bytes === undefined ? input : Buffer.from(bytes, 'base64')
    try {
      const res = await client.call(nsid, params, data, encoding ? { encoding } : undefined)
      answers.push({ data: res.data instanceof Uint8Array ? Buffer.from(res.data).toString() : res.data })
    } catch (err) {
      if (!(err instanceof XRPCError)) throw err
      answers.push({ status: err.status, error: err.error, message: err.message })
    }
  }
  return answers
}

// follow reads a number of messages of a stream.
export async function follow({ url, nsid, params, count }) {
  const stream = new Subscription({
    service: url.replace('http', 'ws'),
    method: nsid,
    getParams: () => params,
    validate: (message) => message,
  })
  const messages = []
  for await (const message of stream) {
    messages.push(message)
    if (messages.length === count) break
  }
  return messages
}

// refused follows a stream that ends with an error.
export async function refused({ url, nsid, params }) {
  const stream = new Subscription({
    service: url.replace('http', 'ws'),
    method: nsid,
    getParams: () => params,
    validate: (message) => message,
  })
  for await (const message of stream) return { message }
  return {}
}
