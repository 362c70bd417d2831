import { defineStep } from '../../src/redis/step.ts'
import { ago, redis, table, text, zset } from './table.ts'

const TEN_MINUTES = 600
const DAY = 86_400

const roles = ['pending', 'wrong', 'unfinished', 'sign_ins_of_day', 'sign_ins_of_ten_minutes'] as const
const note = defineStep<1>()(redis, 'sign-in-note', { keys: roles, args: { names: String } })

table({ roles, args: { names: '' }, step: note }, (now) => {
  const counter = (value: number, secondsAgo: number) => text(`${value} ${now - secondsAgo * 1_000}`, 500)
  const counted = (day: number, tenMinutes = day) => ({
    sign_ins_of_day: text(`${day.toFixed(6)} ${now}`, 10 * DAY),
    sign_ins_of_ten_minutes: text(`${tenMinutes.toFixed(6)} ${now}`, 10 * TEN_MINUTES)
  })
  return [
    { name: 'the first sign-in is counted for the day and for ten minutes', reply: 1, after: counted(1) },
    {
      name: 'one more is added to what is left of those before',
      before: {
        sign_ins_of_day: counter(9, DAY),
        sign_ins_of_ten_minutes: counter(5, TEN_MINUTES)
      },
      reply: 1,
      after: counted(9 / Math.E + 1, 5 / Math.E + 1)
    },
    {
      name: 'what its number left unfinished is forgiven by name, and nothing of others',
      before: {
        pending: zset({ guess: now - 3 }, 500),
        wrong: zset({ ...ago(now, 50), guess: now - 9, other: now - 8 }, 500),
        unfinished: zset({ ...ago(now, 40), send: now - 7, another: now - 6 }, 500)
      },
      args: { names: 'send guess another' },
      reply: 1,
      after: {
        pending: null,
        wrong: zset({ ...ago(now, 50), other: now - 8 }, 500),
        unfinished: zset(ago(now, 40), 500),
        ...counted(1)
      }
    }
  ]
})
