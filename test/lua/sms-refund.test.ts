import { defineStep } from '../../src/redis/step.ts'
import { ago, redis, table, text, zset } from './table.ts'

const HOUR = 3_600
const DAY = 86_400

const roles = ['day', 'hour', 'unfinished'] as const
const refund = defineStep<0 | 1>()(redis, 'sms-refund', { keys: roles, args: { name: String } })

table({ roles, args: { name: 'mine' }, step: refund }, (now) => {
  const counter = (value: number, secondsAgo = 0) => text(`${value} ${now - secondsAgo * 1_000}`, 500)
  const counted = (value: number, seconds: number) => text(`${value.toFixed(6)} ${now}`, 10 * seconds)
  const withMine = zset({ ...ago(now, 50), mine: now - 10 }, 500)
  const others = zset(ago(now, 50), 500)
  return [
    {
      name: 'an SMS that was counted is taken from the day, the hour and what is unfinished',
      before: { day: counter(7), hour: counter(3), unfinished: withMine },
      reply: 1,
      after: { day: counted(6, DAY), hour: counted(2, HOUR), unfinished: others }
    },
    {
      name: 'what is given back after a while is taken from what is left',
      before: { day: counter(7, DAY), hour: counter(9, HOUR), unfinished: withMine },
      reply: 1,
      after: { day: counted(7 / Math.E - 1, DAY), hour: counted(9 / Math.E - 1, HOUR), unfinished: others }
    },
    {
      name: 'less than nothing is never left',
      before: { day: counter(0.5), hour: counter(0.25), unfinished: withMine },
      reply: 1,
      after: { day: counted(0, DAY), hour: counted(0, HOUR), unfinished: others }
    },
    {
      name: 'what was not counted, or given back before, changes nothing',
      before: { day: counter(7), hour: counter(3), unfinished: others },
      reply: 0
    }
  ]
})
