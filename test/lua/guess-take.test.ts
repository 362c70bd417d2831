import { defineStep } from '../../src/redis/step.ts'
import { ago, redis, table, text, zset } from './table.ts'

const MINUTE = 60
const TEN_MINUTES = 600
const DAY = 86_400

const roles = ['pending', 'wrong', 'strict', 'sign_ins_of_day', 'sign_ins_of_ten_minutes'] as const
const policy = { per_day: 20, per_ten_minutes: 4, percent: 50 }
const take = defineStep<[number, 0 | 1, 0 | 1]>()(redis, 'guess-take', {
  keys: roles,
  args: { name: String },
  policy
})

const calm = [0, 0, 0]

table({ roles, args: { name: 'mine' }, step: take }, (now) => {
  const wrong = (...seconds: number[]) => zset(ago(now, ...seconds), 500)
  const pending = (...seconds: number[]) => zset({ ...ago(now, ...seconds), mine: now }, MINUTE)
  const signIns = (count: number, secondsAgo = 0) => text(`${count} ${now - secondsAgo * 1_000}`)
  /** Enters strict mode for this many seconds. */
  const entered = (seconds: number) => ({
    reply: [seconds, 1, 0],
    after: { pending: pending(), strict: text(1, seconds) }
  })
  const stays = (seconds: number) => ({ ...entered(seconds), reply: [seconds, 0, 0] })
  const calmly = { reply: calm, after: { pending: pending() } }
  /** Within the day, but not within the last ten minutes. */
  const nineteen = Array.from({ length: 19 }, (_, place) => 20_000 - 1_000 * place)
  const [eight, ten] = [nineteen.slice(0, 8), nineteen.slice(0, 10)]
  return [
    { name: 'a guess is noted for the minute in which it is judged', ...calmly },
    {
      name: 'what was being judged a minute ago is forgotten',
      before: { pending: zset(ago(now, MINUTE, 30), 500) },
      reply: calm,
      after: { pending: pending(30) }
    },

    // Ten minutes.
    {
      name: 'three wrong guesses in ten minutes and this one are not too many',
      before: { wrong: wrong(50, 40, 30) },
      ...calmly
    },
    {
      name: 'one more is, until only two are left',
      before: { wrong: wrong(50, 40, 30, 20) },
      ...entered(TEN_MINUTES - 40)
    },
    {
      name: 'guesses that are being judged do not count for ten minutes: a crowd may be right',
      before: { wrong: wrong(50, 40, 30), pending: zset(ago(now, 3, 2, 1), 500) },
      reply: calm,
      after: { pending: pending(3, 2, 1) }
    },
    {
      name: 'a guess of ten minutes ago is not of these',
      before: { wrong: wrong(TEN_MINUTES, 50, 40, 30) },
      ...calmly
    },
    {
      name: 'a guess one millisecond younger is',
      before: { wrong: wrong(TEN_MINUTES - 0.001, 50, 40, 30) },
      ...entered(TEN_MINUTES - 50)
    },
    {
      name: 'four sign-ins in the same time allow two more',
      before: { wrong: wrong(60, 50, 40, 30, 20), sign_ins_of_ten_minutes: signIns(4) },
      ...calmly
    },
    {
      name: 'and no third, until half as many are left',
      before: { wrong: wrong(60, 50, 40, 30, 20, 10), sign_ins_of_ten_minutes: signIns(4) },
      ...entered(TEN_MINUTES - 40)
    },
    {
      name: 'sign-ins fade: of eight a lifetime ago not three are left, which allow one more',
      before: { wrong: wrong(50, 40, 30, 20), sign_ins_of_ten_minutes: signIns(8, TEN_MINUTES) },
      ...calmly
    },
    {
      name: 'and no two',
      before: { wrong: wrong(60, 50, 40, 30, 20), sign_ins_of_ten_minutes: signIns(8, TEN_MINUTES) },
      ...entered(TEN_MINUTES - 40)
    },
    {
      name: 'the sign-ins of the day allow none in ten minutes',
      before: { wrong: wrong(50, 40, 30, 20), sign_ins_of_day: signIns(9) },
      ...entered(TEN_MINUTES - 40)
    },

    // A day.
    {
      name: 'nineteen in a day and this one are not too many',
      before: { wrong: wrong(...nineteen) },
      ...calmly
    },
    {
      name: 'one more begins strict mode, until only ten are left',
      before: { wrong: wrong(30_000, ...nineteen) },
      ...entered(DAY - 12_000)
    },
    {
      name: 'guesses that are being judged share what the day has left: one more waits, and nothing is strict',
      before: { wrong: wrong(...nineteen), pending: zset(ago(now, 1), 500) },
      reply: [0, 0, 1],
      after: { pending: pending(1) }
    },
    {
      name: 'two sign-ins in the same time allow one more',
      before: { wrong: wrong(30_000, ...nineteen), sign_ins_of_day: signIns(2) },
      ...calmly
    },
    {
      name: 'the sign-ins of ten minutes allow none in a day',
      before: { wrong: wrong(30_000, ...nineteen), sign_ins_of_ten_minutes: signIns(9) },
      ...entered(DAY - 12_000)
    },
    {
      name: 'too many of ten minutes and more than half of a day: strict until both are over',
      before: { wrong: wrong(...eight, 50, 40, 30, 20) },
      ...entered(DAY - 19_000)
    },

    // Staying and ending.
    {
      name: 'strict mode stays while more than half as many of ten minutes are left, and is not entered again',
      before: { wrong: wrong(60, 50, 40), strict: text(1, 5) },
      ...stays(TEN_MINUTES - 60)
    },
    {
      name: 'or more than half as many of a day, with this one',
      before: { wrong: wrong(...ten), strict: text(1, 5) },
      ...stays(1)
    },
    {
      name: 'it ends when half are left with this one, sooner than it was to last',
      before: { wrong: wrong(50), strict: text(1, 500) },
      reply: calm,
      after: { pending: pending(), strict: null }
    }
  ]
})
