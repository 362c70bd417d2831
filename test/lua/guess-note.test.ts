import { defineStep } from '../../src/redis/step.ts'
import { ago, redis, table, zset } from './table.ts'

const DAY = 86_400
const roles = ['pending', 'wrong'] as const
const note = defineStep<1>()(redis, 'guess-note', { keys: roles, args: { name: String } })

table({ roles, args: { name: 'mine' }, step: note }, (now) => [
  {
    name: 'a wrong guess is no longer being judged, and counts for a day',
    before: { pending: zset({ mine: now - 9, other: now - 8 }, 500) },
    reply: 1,
    after: { pending: zset({ other: now - 8 }, 500), wrong: zset({ mine: now }, DAY) }
  },
  {
    name: 'one of a day ago is forgotten, one a millisecond younger is not',
    before: { wrong: zset(ago(now, DAY, DAY - 0.001), 500) },
    reply: 1,
    after: { wrong: zset({ ...ago(now, DAY - 0.001), mine: now }, DAY) }
  }
])
