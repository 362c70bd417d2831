import { defineStep } from '../../src/redis/step.ts'
import { ago, redis, table, zset } from './table.ts'

const forgive = defineStep<string[]>()(redis, 'login-forgive', {
  keys: ['row', 'strange', 'known'],
  args: { source: String },
  policy: { known_seconds: 1_000 }
})
const tenOthers = Array.from({ length: 10 }, (_, place) => 400 - place)

table(
  {
    roles: ['row', 'strange', 'known'],
    args: { source: 'office' },
    step: forgive
  },
  (now) => [
    {
      name: 'what this source got wrong is forgiven and named; what others did stays',
      before: {
        row: zset({ one: now - 2_000, two: now - 1_000 }, 500),
        strange: zset({ one: now - 2_000, two: now - 1_000, theirs: now - 1_500 }, 500)
      },
      reply: ['one', 'two'],
      after: {
        row: null,
        strange: zset({ theirs: now - 1_500 }, 500),
        known: zset({ office: now }, 1_000)
      }
    },
    {
      name: 'a source is known from its first right password on',
      reply: [],
      after: { known: zset({ office: now }, 1_000) }
    },
    {
      name: 'a known source is known anew, and one of long ago is forgotten',
      before: { known: zset({ office: now - 5_000, home: now - 1_000_000, branch: now - 999_999 }, 500) },
      reply: [],
      after: { known: zset({ branch: now - 999_999, office: now }, 1_000) }
    },
    {
      name: 'ten sources are kept',
      before: { known: zset(ago(now, ...tenOthers), 500) },
      reply: [],
      after: { known: zset({ ...ago(now, ...tenOthers.slice(1)), office: now }, 1_000) }
    }
  ]
)
