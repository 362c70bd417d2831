import { defineStep } from '../../src/redis/step.ts'
import { ago, redis, table, text, zset } from './table.ts'

const HOUR = 3_600
const DAY = 86_400

const roles = ['day', 'hour', 'unfinished', 'strict'] as const
// Of these, four and two may be unfinished.
const policy = { per_day: 10, per_hour: 5 }
const take = defineStep<number[]>()(redis, 'sms-take', { keys: roles, args: { name: String }, policy })

const found = ({ wait = 0, strangerWait = 0, strictFor = 0 } = {}) => [wait, strangerWait, strictFor]
/** The seconds until a counter of `from` has faded by one. */
const fades = (seconds: number, from: number) => Math.ceil(seconds * Math.log(from / (from - 1)))

table({ roles, args: { name: 'mine' }, step: take }, (now) => {
  const counter = (value: number, secondsAgo = 0) => text(`${value} ${now - secondsAgo * 1_000}`, 500)
  const counted = (value: number, seconds: number) => text(`${value.toFixed(6)} ${now}`, 10 * seconds)
  const unfinished = (...seconds: number[]) => zset(ago(now, ...seconds), 500)
  const taken = ({
    day = 0,
    hour = 0,
    before = []
  }: {
    day?: number
    hour?: number
    before?: number[]
  } = {}) => ({
    day: counted(day + 1, DAY),
    hour: counted(hour + 1, HOUR),
    unfinished: zset({ ...ago(now, ...before), mine: now }, DAY)
  })
  return [
    {
      name: 'the first SMS is counted for the day and the hour, and is unfinished',
      reply: found(),
      after: taken()
    },
    {
      name: 'the last of the day is sent',
      before: { day: counter(9) },
      reply: found(),
      after: taken({ day: 9 })
    },
    {
      name: 'when the day is spent, nothing is counted, and the wait is until one has faded',
      before: { day: counter(10) },
      reply: found({ wait: fades(DAY, 10) })
    },
    {
      name: 'what is left of one is one that does not fit',
      before: { day: counter(9.5) },
      reply: found({ wait: Math.ceil(DAY * Math.log(9.5 / 9)) })
    },
    {
      name: 'the last of the hour is sent',
      before: { hour: counter(4) },
      reply: found(),
      after: taken({ hour: 4 })
    },
    {
      name: 'when the hour is spent, so is the service',
      before: { hour: counter(5) },
      reply: found({ wait: fades(HOUR, 5) })
    },
    {
      name: 'of two waits the longer is told',
      before: { day: counter(10), hour: counter(5) },
      reply: found({ wait: fades(DAY, 10) })
    },
    {
      name: 'the day fades with a life of a day, the hour with one of an hour',
      before: { day: counter(10, HOUR), hour: counter(5, HOUR) },
      reply: found({ wait: Math.ceil(DAY * Math.log((10 * Math.exp(-1 / 24)) / 9)) })
    },
    {
      name: 'what has faded is sent again',
      before: { day: counter(10, DAY), hour: counter(5, HOUR) },
      reply: found(),
      after: taken({ day: 10 / Math.E, hour: 5 / Math.E })
    },

    // Strangers.
    {
      name: 'a third of the hour may be unfinished, rounded up',
      before: { unfinished: unfinished(50) },
      reply: found(),
      after: taken({ before: [50] })
    },
    {
      name: 'then strangers wait until one leaves the hour; the SMS is counted all the same',
      before: { unfinished: unfinished(50, 40) },
      reply: found({ strangerWait: HOUR - 50 }),
      after: taken({ before: [50, 40] })
    },
    {
      name: 'what was sent an hour ago is not of the hour',
      before: { unfinished: unfinished(HOUR, 40) },
      reply: found(),
      after: taken({ before: [HOUR, 40] })
    },
    {
      name: 'a third of the day may be unfinished, rounded up',
      before: { unfinished: unfinished(9_000, 8_000, 7_000) },
      reply: found(),
      after: taken({ before: [9_000, 8_000, 7_000] })
    },
    {
      name: 'then strangers wait until one leaves the day',
      before: { unfinished: unfinished(9_000, 8_000, 7_000, 6_000) },
      reply: found({ strangerWait: DAY - 9_000 }),
      after: taken({ before: [9_000, 8_000, 7_000, 6_000] })
    },
    {
      name: 'of two such waits the longer is told',
      before: { unfinished: unfinished(9_000, 8_000, 50, 40) },
      reply: found({ strangerWait: DAY - 9_000 }),
      after: taken({ before: [9_000, 8_000, 50, 40] })
    },
    {
      name: 'what was sent a day ago is forgotten',
      before: { unfinished: unfinished(DAY, 9_000, 8_000, 7_000) },
      reply: found(),
      after: taken({ before: [9_000, 8_000, 7_000] })
    },

    // Strict mode.
    {
      name: 'how long strict mode lasts is told',
      before: { strict: text(1, 77) },
      reply: found({ strictFor: 77 }),
      after: taken()
    },
    {
      name: 'also when nothing can be sent',
      before: { strict: text(1, 77), hour: counter(5) },
      reply: found({ wait: fades(HOUR, 5), strictFor: 77 })
    }
  ]
})
