import { defineStep } from '../../src/redis/step.ts'
import { ago, redis, table, zset } from './table.ts'

const take = defineStep<number>()(redis, 'window-take', {
  keys: ['window'],
  args: { name: String, places: Number, seconds: Number }
})

table(
  {
    roles: ['window'],
    args: { places: 2, seconds: 60, name: 'mine' },
    step: take
  },
  (now) => [
    {
      name: 'the first entry is taken, and its window expires with it',
      reply: 0,
      after: { window: zset({ mine: now }, 60) }
    },
    {
      name: 'the last place is taken, and the window lives on from now',
      before: { window: zset(ago(now, 20), 40) },
      reply: 0,
      after: { window: zset({ ...ago(now, 20), mine: now }, 60) }
    },
    {
      name: 'in a full window the wait is for the oldest entry, and nothing is recorded',
      before: { window: zset(ago(now, 20, 10), 50) },
      reply: 40
    },
    {
      name: 'the only place is full with one entry',
      before: { window: zset(ago(now, 20), 40) },
      args: { places: 1 },
      reply: 40
    },
    {
      name: 'in a window with one entry too many the wait is for the second oldest',
      before: { window: zset(ago(now, 20, 15, 10), 50) },
      reply: 45
    },
    {
      name: 'in a window with two entries too many the wait is for the third oldest',
      before: { window: zset(ago(now, 20, 15, 10), 50) },
      args: { places: 1 },
      reply: 50
    },
    {
      name: 'an entry as old as the window is long has left, and is forgotten',
      before: { window: zset(ago(now, 60, 10), 50) },
      reply: 0,
      after: { window: zset({ ...ago(now, 10), mine: now }, 60) }
    },
    {
      name: 'an entry one millisecond younger than that counts, and its wait is a second',
      before: { window: zset(ago(now, 59.999, 10), 50) },
      reply: 1
    },
    {
      name: 'an entry one millisecond younger than the window is kept',
      before: { window: zset(ago(now, 60.001, 59.999), 50) },
      reply: 0,
      after: { window: zset({ ...ago(now, 59.999), mine: now }, 60) }
    },
    {
      name: 'a wait of a second to the millisecond is one second',
      before: { window: zset(ago(now, 59, 10), 50) },
      reply: 1
    },
    {
      name: 'a wait that is one millisecond longer is two seconds',
      before: { window: zset(ago(now, 58.999, 10), 50) },
      reply: 2
    },
    {
      name: 'the wait of a full window is not for an entry that has left',
      before: { window: zset(ago(now, 60, 20, 10), 50) },
      reply: 40
    },
    {
      name: 'an entry of the same moment counts',
      before: { window: zset(ago(now, 0), 60) },
      args: { places: 1 },
      reply: 60
    },
    {
      name: 'the length of the window is that of the call',
      before: { window: zset(ago(now, 59, 20), 40) },
      args: { seconds: 50 },
      reply: 0,
      after: { window: zset({ ...ago(now, 20), mine: now }, 50) }
    },
    {
      name: 'the number of places is that of the call',
      before: { window: zset(ago(now, 30, 20, 10), 50) },
      args: { places: 4 },
      reply: 0,
      after: { window: zset({ ...ago(now, 30, 20, 10), mine: now }, 60) }
    },
    {
      name: 'an entry is recorded under its own name',
      args: { name: 'another' },
      reply: 0,
      after: { window: zset({ another: now }, 60) }
    }
  ]
)
