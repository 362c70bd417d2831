import { defineStep } from '../../src/redis/step.ts'
import { ago, redis, table, zset } from './table.ts'

const DAY = 86_400
const keys = [
  ...(['entries', 'failures', 'signed_in', 'network_entries'] as const),
  ...(['network_failures', 'network_signed_in', 'unfinished'] as const)
]
const take = defineStep<number[]>()(redis, 'address-take', {
  keys,
  args: { name: String, places: Number, per_sign_in: Number, seconds: Number, is_guess: Number },
  policy: { addresses_of_network: 8 }
})

table(
  {
    roles: keys,
    args: { name: 'mine', places: 2, per_sign_in: 3, seconds: 600, is_guess: 0 },
    call: ([entries = '', failures = '', signed_in = '', network_entries = '', ...more], args) => {
      const [network_failures = '', network_signed_in = '', unfinished = ''] = more
      return take(
        { entries, failures, signed_in, network_entries, network_failures, network_signed_in, unfinished },
        args
      )
    }
  },
  (now) => {
    const some = (...seconds: number[]) => zset(ago(now, ...seconds), 500)
    const withMine = (...before: number[]) => zset({ ...ago(now, ...before), mine: now }, 600)
    const taken = (...before: number[]) => ({
      entries: withMine(...before),
      network_entries: withMine(),
      unfinished: zset({ mine: now }, DAY)
    })
    const sixteen = Array.from({ length: 16 }, (_, place) => 400 - place)
    return [
      {
        name: 'the first place is taken, in the network too, and is known to be unfinished',
        reply: [0, 0, 0, 0, 0],
        after: taken()
      },
      {
        name: 'what a number has left unfinished is kept together for a day',
        before: { unfinished: zset(ago(now, DAY, 50), 500) },
        reply: [0, 0, 0, 0, 0],
        after: { ...taken(), unfinished: zset({ ...ago(now, 50), mine: now }, DAY) }
      },

      // The address.
      {
        name: 'the last place is taken',
        before: { entries: some(200) },
        reply: [0, 0, 0, 0, 0],
        after: taken(200)
      },
      {
        name: 'when no place is left, the wait is for the oldest, and nothing is noted',
        before: { entries: some(200, 100) },
        reply: [400, 0, 0, 0, 0]
      },
      {
        name: 'an entry as old as the window is long has left',
        before: { entries: some(600, 100) },
        reply: [0, 0, 0, 0, 0],
        after: taken(100)
      },
      {
        name: 'an entry one millisecond younger has not',
        before: { entries: some(599.999, 100) },
        reply: [1, 0, 0, 0, 0]
      },
      {
        name: 'a sign-in makes so many places more, of which the last is taken',
        before: { entries: some(500, 400, 300, 200), signed_in: some(30) },
        reply: [0, 0, 1, 0, 0],
        after: taken(500, 400, 300, 200)
      },
      {
        name: 'when also those are spent, the wait is a minute: somebody may finish',
        before: { entries: some(500, 400, 300, 200, 100), signed_in: some(30) },
        reply: [60, 0, 1, 0, 0]
      },
      {
        name: 'or less, when the oldest leaves earlier',
        before: { entries: some(570, 400, 300, 200, 100), signed_in: some(30) },
        reply: [30, 0, 1, 0, 0]
      },
      {
        name: 'each sign-in makes as many places more',
        before: { entries: some(500, 400, 300, 200, 100, 90, 80), signed_in: some(30, 20) },
        reply: [0, 0, 2, 0, 0],
        after: taken(500, 400, 300, 200, 100, 90, 80)
      },
      {
        name: 'half a place is none',
        before: { entries: some(500, 400), signed_in: some(30) },
        args: { per_sign_in: 0.5 },
        reply: [60, 0, 1, 0, 0]
      },
      {
        name: 'two halves are one',
        before: { entries: some(500, 400), signed_in: some(30, 20) },
        args: { per_sign_in: 0.5 },
        reply: [0, 0, 2, 0, 0],
        after: taken(500, 400)
      },
      {
        name: 'a sign-in of a day ago makes no place',
        before: { entries: some(200, 100), signed_in: some(DAY) },
        reply: [400, 0, 0, 0, 0]
      },
      {
        name: 'a sign-in one millisecond younger than a day does',
        before: { entries: some(200, 100), signed_in: some(DAY - 0.001) },
        reply: [0, 0, 1, 0, 0],
        after: taken(200, 100)
      },

      // Wrong guesses.
      {
        name: 'wrong guesses at the address are told, but for those of yesterday',
        before: { failures: some(DAY, 300, 200) },
        reply: [0, 2, 0, 0, 0],
        after: taken()
      },
      {
        name: 'and those of the network',
        before: { network_failures: some(DAY, 300, 200, 100) },
        reply: [0, 0, 0, 3, 0],
        after: taken()
      },
      {
        name: 'a guess that has to wait counts until it is given back',
        before: { entries: some(200, 100) },
        args: { is_guess: 1 },
        reply: [400, 0, 0, 0, 0],
        after: taken(200, 100)
      },
      {
        name: 'also to who waits',
        before: { entries: some(200, 100), failures: some(200, 100) },
        reply: [400, 2, 0, 0, 0]
      },

      // The network.
      {
        name: 'the last place of the network is the last of eight addresses',
        before: { network_entries: some(...sixteen.slice(1)) },
        reply: [0, 0, 0, 0, 0],
        after: { ...taken(), network_entries: withMine(...sixteen.slice(1)) }
      },
      {
        name: 'when the places of the network are spent, an address that has some waits too',
        before: { network_entries: some(...sixteen) },
        reply: [200, 0, 0, 0, 0]
      },
      {
        name: 'who signs in anywhere in the network makes places there',
        before: { network_entries: some(...sixteen), network_signed_in: some(30) },
        reply: [0, 0, 0, 0, 1],
        after: { ...taken(), network_entries: withMine(...sixteen) }
      },
      {
        name: 'and none at the address',
        before: { entries: some(200, 100), network_signed_in: some(30) },
        reply: [400, 0, 0, 0, 1]
      },
      {
        name: 'of two waits the longer is told',
        before: { entries: some(550, 100), network_entries: some(...sixteen) },
        reply: [200, 0, 0, 0, 0]
      }
    ]
  }
)
