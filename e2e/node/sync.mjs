// What @atproto/api makes of the answers of a relay: it validates each against the
// lexicon, and throws what does not hold.
import { AtpAgent } from '@atproto/api'

// ask calls methods of com.atproto.sync, and returns their answers, or the names of
// their errors.
export async function ask({ service, calls }) {
  const agent = new AtpAgent({ service })
  const answers = []
  for (const { method, params } of calls) {
    try {
      const { data } = await agent.com.atproto.sync[method](params)
      answers.push(data)
    } catch (err) {
      if (!err.error) {
        throw err
      }
      answers.push(err.error)
    }
  }
  return answers
}
