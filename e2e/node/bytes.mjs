// Bytes on their way through JSON.
export const toBytes = (text) => new Uint8Array(Buffer.from(text, 'base64'))
export const fromBytes = (bytes) => Buffer.from(bytes).toString('base64')
