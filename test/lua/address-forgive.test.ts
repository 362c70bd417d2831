import { defineStep } from '../../src/redis/step.ts'
import { ago, redis, table, zset } from './table.ts'

const DAY = 86_400
const keys = [
  ...(['sends', 'failures', 'signed_in', 'network_sends', 'network_failures'] as const),
  ...(['network_signed_in', 'unfinished'] as const)
]
const forgive = defineStep<1>()(redis, 'address-forgive', { keys, args: { phone: String } })

table(
  {
    roles: keys,
    args: { phone: 'number' },
    call: ([sends = '', failures = '', signed_in = '', network_sends = '', ...more], args) => {
      const [network_failures = '', network_signed_in = '', unfinished = ''] = more
      const network = { network_sends, network_failures, network_signed_in }
      return forgive({ sends, failures, signed_in, unfinished, ...network }, args)
    }
  },
  (now) => {
    const noted = { signed_in: zset({ number: now }, DAY), network_signed_in: zset({ number: now }, DAY) }
    const all = { ...ago(now, 40, 30), send: now - 20_000, guess: now - 10_000 }
    return [
      { name: 'a number that left nothing unfinished is noted for a day', reply: 1, after: noted },
      {
        name: 'what the number left unfinished is forgiven everywhere, and what others did stays',
        before: {
          sends: zset(all, 500),
          failures: zset(all, 500),
          network_sends: zset(all, 500),
          network_failures: zset(all, 500),
          unfinished: zset({ send: now - 20_000, guess: now - 10_000 }, 500)
        },
        reply: 1,
        after: {
          sends: zset(ago(now, 40, 30), 500),
          failures: zset(ago(now, 40, 30), 500),
          network_sends: zset(ago(now, 40, 30), 500),
          network_failures: zset(ago(now, 40, 30), 500),
          unfinished: null,
          ...noted
        }
      },
      {
        name: 'the last one to finish leaves nothing behind',
        before: { sends: zset({ send: now - 5 }, 500), unfinished: zset({ send: now - 5 }, 500) },
        reply: 1,
        after: { sends: null, unfinished: null, ...noted }
      },
      {
        name: 'a number that signs in again counts once, as of now',
        before: { signed_in: zset({ number: now - 30_000, other: now - 1 }, 500) },
        reply: 1,
        after: { ...noted, signed_in: zset({ other: now - 1, number: now }, DAY) }
      },
      {
        name: 'sign-ins of a day ago are forgotten, and no younger ones',
        before: { network_signed_in: zset(ago(now, DAY + 1, DAY, DAY - 0.001), 500) },
        reply: 1,
        after: { ...noted, network_signed_in: zset({ ...ago(now, DAY - 0.001), number: now }, DAY) }
      }
    ]
  }
)
