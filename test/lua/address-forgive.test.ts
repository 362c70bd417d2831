import { defineStep } from '../../src/redis/step.ts'
import { ago, redis, table, zset } from './table.ts'

const DAY = 86_400
const roles = [
  ...(['sends', 'failures', 'signed_in', 'unfinished'] as const),
  ...(['network_sends', 'network_failures', 'network_signed_in'] as const)
]
const forgive = defineStep<string[]>()(redis, 'address-forgive', { keys: roles, args: { phone: String } })

table({ roles, args: { phone: 'number' }, step: forgive }, (now) => {
  const noted = { signed_in: zset({ number: now }, DAY), network_signed_in: zset({ number: now }, DAY) }
  const own = { send: now - 20_000, guess: now - 10_000 }
  const all = zset({ ...ago(now, 40, 30), ...own }, 500)
  const others = zset(ago(now, 40, 30), 500)
  return [
    { name: 'a number that left nothing unfinished is noted for a day', reply: [], after: noted },
    {
      name: 'what the number left unfinished is forgiven everywhere and named, and what others did stays',
      before: {
        ...{ sends: all, failures: all, network_sends: all, network_failures: all },
        unfinished: zset(own, 500)
      },
      reply: ['send', 'guess'],
      after: {
        ...{ sends: others, failures: others, network_sends: others, network_failures: others },
        unfinished: null,
        ...noted
      }
    },
    {
      name: 'the last one to finish leaves nothing behind',
      before: { sends: zset({ send: now - 5 }, 500), unfinished: zset({ send: now - 5 }, 500) },
      reply: ['send'],
      after: { sends: null, unfinished: null, ...noted }
    },
    {
      name: 'a number that signs in again counts once, as of now',
      before: { signed_in: zset({ number: now - 30_000, other: now - 1 }, 500) },
      reply: [],
      after: { ...noted, signed_in: zset({ other: now - 1, number: now }, DAY) }
    },
    {
      name: 'sign-ins of a day ago are forgotten, and no younger ones',
      before: {
        signed_in: zset(ago(now, DAY, DAY - 0.001), 500),
        network_signed_in: zset(ago(now, DAY + 1, DAY, DAY - 0.001), 500)
      },
      reply: [],
      after: {
        signed_in: zset({ ...ago(now, DAY - 0.001), number: now }, DAY),
        network_signed_in: zset({ ...ago(now, DAY - 0.001), number: now }, DAY)
      }
    }
  ]
})
