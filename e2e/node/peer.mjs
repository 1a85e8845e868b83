// Runs one function of a module in this folder: node peer.mjs MODULE FUNCTION.
// Its argument is JSON on standard input, its result JSON on standard output,
// bytes in both are base64. An exception is { "error": "..." } and status 0: a
// refusal is an answer, too.
import { buffer } from 'node:stream/consumers'

const [module, name] = process.argv.slice(2)
const functions = await import(`./${module}.mjs`)
const argument = JSON.parse(await buffer(process.stdin))
let answer
try {
  answer = { result: await functions[name](argument) }
} catch (err) {
  answer = { error: String(err?.message || err) }
}
process.stdout.write(JSON.stringify(answer))
