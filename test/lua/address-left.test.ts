import { defineStep } from '../../src/redis/step.ts'
import { ago, redis, table, zset } from './table.ts'

const HOUR = 3_600
const DAY = 86_400

const roles = [
  ...(['sends', 'failures', 'signed_in'] as const),
  ...(['network_sends', 'network_failures', 'network_signed_in'] as const)
]
const policy = {
  addresses_of_network: 3,
  guesses: 5,
  guesses_per_sign_in: 2,
  sends: 3,
  sends_per_sign_in: 0.5
}
const left = defineStep<number[]>()(redis, 'address-left', { keys: roles, args: {}, policy })

table({ roles, args: {}, step: left }, (now) => {
  const some = (...seconds: number[]) => zset(ago(now, ...seconds), 500)
  const many = (count: number) => some(...Array.from({ length: count }, (_, place) => place + 1))
  return [
    { name: 'where nothing happened all is left', reply: [0, 3, 0, 5, 0] },
    {
      name: 'what is unfinished is gone: sends of an hour, guesses of a day',
      before: { sends: some(10, 20, HOUR), failures: some(10, HOUR, DAY) },
      reply: [2, 1, 2, 3, 0]
    },
    {
      name: 'numbers that signed in today make room, two for one send',
      before: { signed_in: some(1, 2, 3, DAY), sends: some(1), failures: some(1) },
      reply: [1, 3, 1, 10, 3]
    },
    {
      name: 'nothing is left where there is more than has room',
      before: { sends: many(4), failures: many(6) },
      reply: [4, 0, 6, 0, 0]
    },
    {
      name: 'a network has the room of three, and its neighbours take of it',
      before: { network_sends: many(7), network_failures: many(11), sends: some(1), failures: some(1) },
      reply: [1, 2, 1, 4, 0]
    },
    {
      name: 'a full network leaves nothing to an address that has done nothing',
      before: { network_sends: many(9), network_failures: many(14) },
      reply: [0, 0, 0, 1, 0]
    },
    {
      name: 'sign-ins in the network make room in the network',
      before: { network_sends: many(9), network_failures: many(14), network_signed_in: some(1, 2) },
      reply: [0, 1, 0, 5, 0]
    }
  ]
})
