import type { Test } from 'tap'
import type { FailureKind, Gateway } from '../../src/sms/gateway.ts'
import { type Asked, createFakeProvider, failureOf, message, type Reply } from './fake-provider.ts'

interface Subject {
  create(url: string): Gateway
  /** What the provider answers when all is well. */
  document(asked: Asked): Reply
  /** The path for messages. */
  path: RegExp
  /** What no error message may contain. */
  secrets: string[]
}

const STATUSES: [number, FailureKind][] = [
  [401, 'auth'],
  [402, 'balance'],
  [403, 'auth'],
  [404, 'rejected'],
  [429, 'rate_limited'],
  [500, 'unavailable'],
  [502, 'unavailable'],
  [503, 'unavailable'],
  [302, 'unavailable']
]

const SLOW: Record<string, Reply> = {
  'does not answer': { afterMs: 60_000 },
  'answers a byte at a time': { manner: 'trickled' }
}

const BROKEN: Record<string, Reply> = {
  'breaks off its answer': { manner: 'reset' },
  'hangs up without an answer': { manner: 'hung up' }
}

/** JSON that readers may not expect anywhere. */
const ODD: unknown[] = [
  null,
  [],
  1,
  'text',
  true,
  {},
  [null],
  { toString: 1, valueOf: 1 },
  { constructor: null }
]
const FIELDS = ['id', 'sid', 'code', 'kind', 'message', 'data', 'result', 'error_code', 'error-code', 'price']

/** What every gateway must do when its provider is in trouble. */
export function sharedOutages(t: Test, { create, document, path, secrets }: Subject): void {
  async function started(t: Test) {
    const provider = await createFakeProvider(t, document)
    const gateway = create(provider.url)
    t.teardown(() => gateway.close?.())
    return { provider, gateway }
  }

  t.test('a status says why a message was not accepted', async (t) => {
    const { provider, gateway } = await started(t)
    for (const [status, kind] of STATUSES) {
      provider.answer({ status, body: '<html>no</html>' }, path)
      t.equal((await failureOf(gateway.send(message()))).kind, kind, String(status))
    }
  })

  for (const [what, reply] of Object.entries({ ...SLOW, ...BROKEN })) {
    t.test(`a message may have been accepted by a provider that ${what}`, async (t) => {
      const { provider, gateway } = await started(t)
      provider.answer(reply, path)
      const signal = what in SLOW ? AbortSignal.timeout(300) : message().signal
      t.equal((await failureOf(gateway.send(message({ signal })))).kind, 'timeout')
      t.equal(provider.asked.filter((asked) => path.test(asked.path)).length, 1, 'it was sent once')
    })
  }

  t.test('a message was surely not accepted where nothing listens', async (t) => {
    const { provider, gateway } = await started(t)
    provider.stop()
    t.equal((await failureOf(gateway.send(message()))).kind, 'unavailable')
  })

  t.test('odd JSON is a failure or a success, but never an unexpected error', async (t) => {
    const { provider, gateway } = await started(t)
    const bodies = ODD.flatMap((odd) => [odd, ...FIELDS.map((field) => ({ [field]: odd }))])
    for (const status of [200, 400, 422])
      for (const body of bodies) {
        provider.answer({ status, body: JSON.stringify(body) }, path)
        const outcome = gateway.send(message()).catch((error) => failureOf(Promise.reject(error)))
        await t.resolves(outcome, `${status} ${JSON.stringify(body)}`)
      }
  })

  t.test('a failure repeats nothing that a provider quotes', async (t) => {
    const { provider, gateway } = await started(t)
    const { to, text, code = '' } = message()
    const spaced = '+998 90 123 45 67'
    for (const status of [200, 400, 401, 403, 422, 500]) {
      const quote = [to, spaced, text, ...secrets].join(' ')
      const body = { id: 0, code: quote, error_code: quote, kind: quote, message: quote, quote }
      provider.answer({ status, body }, path)
      const sentence = await gateway.send(message()).then(() => '', String)
      for (const secret of [to, to.slice(1), spaced, text, code, ...secrets])
        t.notOk(sentence.includes(secret), `${status}: ${sentence}`)
    }
  })
}
