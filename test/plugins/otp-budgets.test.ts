import t, { type Test } from 'tap'
import type { Environment } from '../../src/config/settings.ts'
import { redis, wrongCode } from '../helper.ts'
import { attacked, from, HOME, STRANGER, verdict } from '../victim.ts'

const [HOUR, DAY] = [3_600, 86_400]
const times = (count: number) => Array.from({ length: count }, (_, turn) => turn)

/** A number that somebody has guessed at, so its next code is long. */
async function guessedAt(t: Test, changes: Environment = {}) {
  const number = await attacked(t, { OTP_MAX_FAILURES_PER_DAY: '2', ...changes })
  await number.ask(HOME)
  await number.guess(STRANGER)
  return number
}

t.test(
  'after ten wrong guesses in a day codes are long, until a right one makes them short again',
  async (t) => {
    const { ask, guess, guessAtShortCodes, sent } = await attacked(t)
    t.equal(await guessAtShortCodes(HOUR), 10)
    t.equal((await ask(HOME)).length, 6)
    t.match(await guess(HOME, sent()), { code: 'valid' })
    t.equal((await ask()).length, 4)
  }
)

t.test('only the asker has the last short guess of the day', async (t) => {
  const { ask, guess, keys, sent } = await attacked(t, { OTP_MAX_FAILURES_PER_DAY: '4' })
  await ask(HOME)
  const judged = [2, 1, 0, 0, 0].map((attempts_left) => ({ code: 'OTP_INVALID', attempts_left }))
  for (const expected of judged) t.match(await guess(STRANGER), expected)
  t.equal(await redis.zcard(keys.short), 3)
  t.match(await guess(HOME, sent()), { code: 'valid' })
})

t.test('failed guesses at a number survive a resend and expire after a day', async (t) => {
  const { ask, pass } = await guessedAt(t)
  t.equal((await ask()).length, 6)
  await pass(DAY - 200)
  t.equal((await ask()).length, 6)
  await pass(200)
  t.equal((await ask()).length, 4, 'they no longer count after a day')
})

t.test(
  'thirty wrong guesses in a row, over any time, make codes long until the owner signs in',
  async (t) => {
    const { ask, guess, guessAtShortCodes, pass, sent } = await attacked(t)
    t.equal(await guessAtShortCodes(DAY), 30)
    await pass(30 * DAY)
    t.equal((await ask(HOME)).length, 6)
    await guess(HOME, sent())
    t.equal((await ask()).length, 4)
  }
)

t.test('only the asker has the last short guess in a row', async (t) => {
  const { ask, guess, failuresInRow, sent } = await attacked(t, { OTP_MAX_FAILURES_IN_ROW: '3' })
  await ask(HOME)
  for (const _ of times(5)) await guess(STRANGER)
  t.equal(await failuresInRow(), 2)
  t.match(await guess(HOME, sent()), { code: 'valid' })
})

t.test('strangers cannot burn the code that a citizen holds', async (t) => {
  const { ask, guess, sent } = await attacked(t)
  await ask(HOME)
  for (const turn of times(50)) await guess(`10.5.5.${turn}`)
  t.match(await guess(HOME, sent()), { code: 'valid' })
})

t.test('the asker of a code has one guess beyond the five, and no second one', async (t) => {
  const { ask, guess, failuresInRow, sent } = await attacked(t)
  await ask(HOME)
  for (const _ of times(9)) await guess(STRANGER)
  t.equal(await failuresInRow(), 5)
  t.match(await guess(HOME), { code: 'OTP_INVALID', attempts_left: 0 })
  t.match(await guess(HOME, sent()), { code: 'OTP_INVALID', attempts_left: 0 })
  t.equal(await failuresInRow(), 6)
})

t.test(
  'long codes have a daily limit of guesses, some reserved for askers; the wait is stated',
  async (t) => {
    const policy = { OTP_LONG_FAILURES_PER_DAY: '4', OTP_SENDS_PER_DAY: '2', OTP_SENDS_PER_HOUR: '2' }
    const { ask, guess, keys, sent } = await guessedAt(t, policy)
    t.equal((await ask(HOME)).length, 6)
    t.match(await guess(STRANGER), { code: 'OTP_INVALID', attempts_left: 1 })
    t.match(await guess(STRANGER), { code: 'OTP_INVALID', attempts_left: 0 })
    t.match(await guess(STRANGER, sent()), { code: 'OTP_ATTEMPT_LIMIT', retry_after: DAY })
    t.match(await guess(HOME), { code: 'OTP_INVALID', attempts_left: 0 }, 'the asker’s first is judged')
    t.match(await guess(HOME, sent()), { code: 'OTP_ATTEMPT_LIMIT', retry_after: DAY })
    t.equal(await redis.zcard(keys.stranger_long), 3)
  }
)

t.test('where codes cannot get longer, only the asker may guess, and only once', async (t) => {
  const { ask, guess, sent } = await guessedAt(t, { OTP_LENGTH: '6', OTP_LONG_LENGTH: '6' })
  await ask(HOME)
  t.match(await guess(STRANGER, sent()), { code: 'OTP_ATTEMPT_LIMIT', retry_after: DAY })
  t.match(await guess(HOME), { code: 'OTP_INVALID', attempts_left: 0 })
  t.match(await guess(HOME, sent()), { code: 'OTP_ATTEMPT_LIMIT' })
  await ask(HOME)
  t.match(await guess(HOME, sent()), { code: 'valid' })
})

t.test('after many failures in a row, one guess an hour and the asker’s first are left', async (t) => {
  const { ask, guess, pass, sent } = await attacked(t, { OTP_HOURLY_AFTER_FAILURES: '2' })
  await ask(HOME)
  for (const _ of times(2)) t.match(await guess(), { code: 'OTP_INVALID' })
  t.match(await guess(), { code: 'OTP_ATTEMPT_LIMIT', retry_after: HOUR })
  await pass(HOUR)
  await ask(HOME)
  t.match(await guess(), { code: 'OTP_INVALID' })
  t.match(await guess(), { code: 'OTP_ATTEMPT_LIMIT', retry_after: HOUR })
  t.match(await guess(HOME, sent()), { code: 'valid' })
})

t.test('a change of number uses up no guess that is reserved for the owner', async (t) => {
  const { app, phone, keys } = await attacked(t, { OTP_MAX_FAILURES_PER_DAY: '3' })
  const mover = from(STRANGER, app, { purpose: 'change-phone:1' })
  const wrong = wrongCode(await mover.store(phone, '1234'))
  for (const attempts_left of [1, 0, 0])
    t.match(await verdict(mover.validate(phone, wrong)), { code: 'OTP_INVALID', attempts_left })
  t.equal(await redis.zcard(keys.short), 2)
})
