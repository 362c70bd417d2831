import { defineStep } from '../../src/redis/step.ts'
import { ago, redis, table, text, zset } from './table.ts'

const TEN_MINUTES = 600
const DAY = 86_400

const roles = ['guesses', 'strict', 'sign_ins_of_day', 'sign_ins_of_ten_minutes'] as const
const policy = { per_day: 20, per_ten_minutes: 4, percent: 50 }
const take = defineStep<[number, 0 | 1]>()(redis, 'guess-take', {
  keys: roles,
  args: { name: String },
  policy
})

const calm = [0, 0]
const entered = (seconds: number) => [seconds, 1]
const strict = (seconds: number) => [seconds, 0]

table({ roles, args: { name: 'mine' }, step: take }, (now) => {
  const guesses = (...seconds: number[]) => zset(ago(now, ...seconds), 500)
  const withMine = (...before: number[]) => zset({ ...ago(now, ...before), mine: now }, DAY)
  const signIns = (count: number, secondsAgo = 0) => text(`${count} ${now - secondsAgo * 1_000}`)
  const isStrict = (seconds: number) => text(1, seconds)
  /** Of the day, not of these ten minutes. */
  const nineteen = Array.from({ length: 19 }, (_, place) => 20_000 - 1_000 * place)
  const [eight, ten] = [nineteen.slice(0, 8), nineteen.slice(0, 10)]
  return [
    { name: 'the first guess is counted for a day', reply: calm, after: { guesses: withMine() } },
    {
      name: 'a guess of a day ago is forgotten, one a millisecond younger is not',
      before: { guesses: guesses(DAY, DAY - 0.001) },
      reply: calm,
      after: { guesses: withMine(DAY - 0.001) }
    },

    // Ten minutes.
    {
      name: 'four guesses in ten minutes are not too many',
      before: { guesses: guesses(50, 40, 30) },
      reply: calm,
      after: { guesses: withMine(50, 40, 30) }
    },
    {
      name: 'one more begins strict mode, until only two are left',
      before: { guesses: guesses(50, 40, 30, 20) },
      reply: entered(TEN_MINUTES - 30),
      after: { guesses: withMine(50, 40, 30, 20), strict: isStrict(TEN_MINUTES - 30) }
    },
    {
      name: 'a guess of ten minutes ago is not of these',
      before: { guesses: guesses(TEN_MINUTES, 40, 30, 20) },
      reply: calm,
      after: { guesses: withMine(TEN_MINUTES, 40, 30, 20) }
    },
    {
      name: 'a guess one millisecond younger is',
      before: { guesses: guesses(TEN_MINUTES - 0.001, 40, 30, 20) },
      reply: entered(TEN_MINUTES - 30),
      after: { guesses: withMine(TEN_MINUTES - 0.001, 40, 30, 20), strict: isStrict(TEN_MINUTES - 30) }
    },
    {
      name: 'four sign-ins in the same time allow two more',
      before: { guesses: guesses(60, 50, 40, 30, 20), sign_ins_of_ten_minutes: signIns(4) },
      reply: calm,
      after: { guesses: withMine(60, 50, 40, 30, 20) }
    },
    {
      name: 'and no third, until half as many are left',
      before: { guesses: guesses(70, 60, 50, 40, 30, 20), sign_ins_of_ten_minutes: signIns(4) },
      reply: entered(TEN_MINUTES - 40),
      after: { guesses: withMine(70, 60, 50, 40, 30, 20), strict: isStrict(TEN_MINUTES - 40) }
    },
    {
      name: 'sign-ins fade: of eight a lifetime ago not three are left, which allow one more',
      before: { guesses: guesses(50, 40, 30, 20), sign_ins_of_ten_minutes: signIns(8, TEN_MINUTES) },
      reply: calm,
      after: { guesses: withMine(50, 40, 30, 20) }
    },
    {
      name: 'and no two',
      before: { guesses: guesses(60, 50, 40, 30, 20), sign_ins_of_ten_minutes: signIns(8, TEN_MINUTES) },
      reply: entered(TEN_MINUTES - 30),
      after: { guesses: withMine(60, 50, 40, 30, 20), strict: isStrict(TEN_MINUTES - 30) }
    },
    {
      name: 'the sign-ins of the day allow none in ten minutes',
      before: { guesses: guesses(50, 40, 30, 20), sign_ins_of_day: signIns(9) },
      reply: entered(TEN_MINUTES - 30),
      after: { guesses: withMine(50, 40, 30, 20), strict: isStrict(TEN_MINUTES - 30) }
    },

    // A day.
    {
      name: 'twenty guesses in a day are not too many',
      before: { guesses: guesses(...nineteen) },
      reply: calm,
      after: { guesses: withMine(...nineteen) }
    },
    {
      name: 'one more begins strict mode, until only ten are left',
      before: { guesses: guesses(30_000, ...nineteen) },
      reply: entered(DAY - 11_000),
      after: { guesses: withMine(30_000, ...nineteen), strict: isStrict(DAY - 11_000) }
    },
    {
      name: 'two sign-ins in the same time allow one more',
      before: { guesses: guesses(30_000, ...nineteen), sign_ins_of_day: signIns(2) },
      reply: calm,
      after: { guesses: withMine(30_000, ...nineteen) }
    },
    {
      name: 'a lifetime of a day later not one of them is left',
      before: { guesses: guesses(30_000, ...nineteen), sign_ins_of_day: signIns(2, DAY) },
      reply: entered(DAY - 11_000),
      after: { guesses: withMine(30_000, ...nineteen), strict: isStrict(DAY - 11_000) }
    },
    {
      name: 'the sign-ins of ten minutes allow none in a day',
      before: { guesses: guesses(30_000, ...nineteen), sign_ins_of_ten_minutes: signIns(9) },
      reply: entered(DAY - 11_000),
      after: { guesses: withMine(30_000, ...nineteen), strict: isStrict(DAY - 11_000) }
    },
    {
      name: 'too many of ten minutes and more than half of a day: strict until both are over',
      before: { guesses: guesses(...eight, 50, 40, 30, 20) },
      reply: entered(DAY - 18_000),
      after: { guesses: withMine(...eight, 50, 40, 30, 20), strict: isStrict(DAY - 18_000) }
    },

    // Staying and ending.
    {
      name: 'strict mode stays while more than half as many in ten minutes are left, and is not entered again',
      before: { guesses: guesses(50, 40), strict: isStrict(5) },
      reply: strict(TEN_MINUTES - 50),
      after: { guesses: withMine(50, 40), strict: isStrict(TEN_MINUTES - 50) }
    },
    {
      name: 'or more than half as many in a day',
      before: { guesses: guesses(...ten), strict: isStrict(5) },
      reply: strict(DAY - 20_000),
      after: { guesses: withMine(...ten), strict: isStrict(DAY - 20_000) }
    },
    {
      name: 'it ends when half are left of both',
      before: { guesses: guesses(...eight, 50), strict: isStrict(500) },
      reply: calm,
      after: { guesses: withMine(...eight, 50), strict: null }
    }
  ]
})
