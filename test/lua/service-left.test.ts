import { defineStep } from '../../src/redis/step.ts'
import { ago, redis, table, text, zset } from './table.ts'

const HOUR = 3_600
const DAY = 86_400
const roles = ['day', 'hour', 'unfinished', 'strict'] as const
const left = defineStep<number[]>()(redis, 'service-left', {
  keys: roles,
  args: {},
  policy: { per_day: 100, per_hour: 30 }
})

table({ roles, args: {}, step: left }, (now) => {
  const counter = (value: number, secondsAgo = 0) => text(`${value} ${now - secondsAgo * 1_000}`, 500)
  return [
    { name: 'a service that has sent nothing has its whole budgets', reply: [30, 100, 10, 34, 0] },
    {
      name: 'what was sent is gone, and fades',
      before: { day: counter(40), hour: counter(20, HOUR) },
      reply: [22, 60, 10, 34, 0]
    },
    {
      name: 'strangers have what is left of a third while codes are unused',
      before: {
        day: counter(12),
        hour: counter(4),
        unfinished: zset(ago(now, 10, 20, 3_000, HOUR, 80_000, DAY))
      },
      reply: [26, 88, 7, 29, 0]
    },
    {
      name: 'strangers never have more than all',
      before: { day: counter(98), hour: counter(27) },
      reply: [3, 2, 3, 2, 0]
    },
    {
      name: 'nothing is left of a budget that was made smaller',
      before: { day: counter(500), hour: counter(31), unfinished: zset(ago(now, ...Array(40).keys())) },
      reply: [0, 0, 0, 0, 0]
    },
    { name: 'strict mode has its seconds', before: { strict: text(1, 700) }, reply: [30, 100, 10, 34, 700] }
  ]
})
