import t from 'tap'
import { attempt, type Place } from '../src/attempt.ts'
import { OtpSendLimit } from '../src/errors.ts'
import { build } from './helper.ts'
import { requestFrom } from './request-from.ts'

/** A place that records what is done with it. */
function place(done: string[], name: string, wait = 0): Place {
  const note = (what: string) => async () => {
    done.push(`${what} ${name}`)
  }
  return {
    take: async () => {
      done.push(`take ${name}`)
      return { wait }
    },
    refund: note('refund'),
    forgive: note('forgive')
  }
}

const isRight = (result: string) => result === 'right'

t.test('all places are taken before the work starts, and forgiven if it was right', async (t) => {
  const done: string[] = []
  const places = [place(done, 'a'), place(done, 'b')]
  const work = async () => {
    done.push('work')
    return 'right'
  }
  t.equal(await attempt(requestFrom('10.0.0.1'), { places, refuse: OtpSendLimit, isRight }, work), 'right')
  t.strictSame(done, ['take a', 'take b', 'work', 'forgive a', 'forgive b'])
})

t.test('a wrong attempt keeps its places even if the request then fails', async (t) => {
  const done: string[] = []
  const request = requestFrom('10.0.0.1')
  await attempt(request, { places: [place(done, 'a')], refuse: OtpSendLimit, isRight }, async () => 'wrong')
  await request.giveBack()
  t.strictSame(done, ['take a'])
})

t.test('every attempt counts if none can be forgiven', async (t) => {
  const done: string[] = []
  await attempt(requestFrom('10.0.0.1'), { places: [place(done, 'a')], refuse: OtpSendLimit }, async () => 1)
  t.strictSame(done, ['take a'])
})

t.test('without `refuse` the work receives the waits and decides for itself', async (t) => {
  const done: string[] = []
  const places = [place(done, 'a', 7), place(done, 'b')]
  const work = async (...taken: { wait: number }[]) => taken.map(({ wait }) => wait)
  t.strictSame(await attempt(requestFrom('10.0.0.1'), { places }, work), [7, 0])
})

t.test('forgiving is not awaited, and a failure to forgive is logged', async (t) => {
  const { app, log } = await build(t)
  const request = { ...requestFrom('10.0.0.1'), log: app.log }
  const never = { ...place([], 'a'), forgive: () => new Promise<void>(() => {}) }
  const fails = { ...place([], 'b'), forgive: () => Promise.reject(new Error('no reply')) }
  const terms = { places: [never, fails], refuse: OtpSendLimit, isRight }
  t.equal(await attempt(request, terms, async () => 'right'), 'right')
  await new Promise(setImmediate)
  t.match(log.join(''), /no reply.*a right attempt was not forgiven/)
})

t.test(
  'if any limit is full, no work is done, every place is refunded and the longest wait is reported',
  async (t) => {
    const done: string[] = []
    const request = requestFrom('10.0.0.1')
    const places = [place(done, 'a'), place(done, 'b', 7), place(done, 'c', 60)]
    const work = async () => {
      done.push('work')
    }
    await t.rejects(attempt(request, { places, refuse: OtpSendLimit }, work), {
      code: 'OTP_SEND_LIMIT',
      details: { retry_after: 60 }
    })
    await request.giveBack()
    t.strictSame(done, ['take a', 'take b', 'take c', 'refund a', 'refund b', 'refund c'])
  }
)

t.test('a failed request refunds a place even when the reply to taking it was lost', async (t) => {
  const done: string[] = []
  const request = requestFrom('10.0.0.1')
  const lost = { ...place(done, 'a'), take: () => Promise.reject(new Error('no reply')) }
  await t.rejects(
    attempt(request, { places: [lost], refuse: OtpSendLimit }, async () => 1),
    /no reply/
  )
  await request.giveBack()
  t.strictSame(done, ['refund a'])
})
