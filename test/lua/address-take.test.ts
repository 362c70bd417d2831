import { defineStep } from '../../src/redis/step.ts'
import { ago, type Row, redis, table, text, zset } from './table.ts'

const HOUR = 3_600
const DAY = 86_400
const MINUTE = 60

const roles = [
  'calls' as const,
  ...(['sends', 'failures', 'signed_in', 'unfinished'] as const),
  ...(['network_sends', 'network_failures', 'network_signed_in'] as const)
]
// Small and all different: long codes after 5 wrong guesses, waits after 10; in a network, after 15 and 30.
const policy = {
  calls_a_minute: 4,
  addresses_of_network: 3,
  guesses: 5,
  guesses_per_sign_in: 2,
  strict_guesses: 4,
  strict_guesses_per_sign_in: 2.5,
  sends: 3,
  sends_per_sign_in: 0.5
}
const args = { name: 'mine', is_guess: 0 }
const guess = { is_guess: 1 }
const take = defineStep<number[]>()(redis, 'address-take', {
  keys: roles,
  args: { name: String, is_guess: Number },
  policy
})

const found = ({ wait = 0, longFor = 0, numbers = 0, spent = 0 } = {}) => [0, wait, longFor, numbers, spent]
/** Each call is counted, here as the first of its minute. */
const counted = <Args>(rows: Row<(typeof roles)[number], Args>[]) =>
  rows.map((row) => ({ ...row, after: { calls: text(1, MINUTE), ...row.after } }))
/** This many ages (s), a second apart, beginning with the oldest. */
const many = (count: number, oldest: number) => Array.from({ length: count }, (_, place) => oldest - place)
const some = (now: number, seconds: number[]) => zset(ago(now, ...seconds), 500)
const withMine = (now: number, seconds: number[], life: number) =>
  zset({ ...ago(now, ...seconds), mine: now }, life)

table({ roles, args, step: take }, (now) => {
  const sent = ({ here = [], network = [] }: { here?: number[]; network?: number[] } = {}) => ({
    sends: withMine(now, here, HOUR),
    network_sends: withMine(now, network, HOUR),
    unfinished: zset({ mine: now }, DAY)
  })
  return counted([
    { name: 'the first send is noted at the address and in its network', reply: found(), after: sent() },
    {
      name: 'what a number has left unfinished is kept together for a day',
      before: { unfinished: some(now, [DAY, 50]) },
      reply: found(),
      after: { ...sent(), unfinished: withMine(now, [50], DAY) }
    },
    {
      name: 'the last place for a send is taken',
      before: { sends: some(now, [200, 100]) },
      reply: found(),
      after: sent({ here: [200, 100] })
    },
    {
      name: 'when no place is left, the wait is until the oldest leaves, and nothing is noted',
      before: { sends: some(now, [200, 100, 50]) },
      reply: found({ wait: HOUR - 200 })
    },
    {
      name: 'a send of an hour ago has left',
      before: { sends: some(now, [HOUR, 100, 50]) },
      reply: found(),
      after: sent({ here: [100, 50] })
    },
    {
      name: 'a send one millisecond younger has not',
      before: { sends: some(now, [HOUR - 0.001, 100, 50]) },
      reply: found({ wait: 1 })
    },
    {
      name: 'one number that signed in makes half a place, which is none; then somebody may finish within a minute',
      before: { sends: some(now, [200, 100, 50]), signed_in: some(now, [30]) },
      reply: found({ wait: MINUTE, numbers: 1 })
    },
    {
      name: 'or sooner, when the oldest leaves',
      before: { sends: some(now, [HOUR - 30, 100, 50]), signed_in: some(now, [30]) },
      reply: found({ wait: 30, numbers: 1 })
    },
    {
      name: 'two numbers make one place more',
      before: { sends: some(now, [200, 100, 50]), signed_in: some(now, [30, 20]) },
      reply: found({ numbers: 2 }),
      after: sent({ here: [200, 100, 50] })
    },
    {
      name: 'who signed in a day ago makes none, who did a millisecond later does',
      before: { sends: some(now, [200, 100, 50]), signed_in: some(now, [DAY, DAY - 0.001]) },
      reply: found({ wait: MINUTE, numbers: 1 })
    },
    {
      name: 'wrong guesses keep no send waiting',
      before: { failures: some(now, many(10, 300)) },
      reply: found({ longFor: DAY - 295, spent: 2 }),
      after: sent()
    },

    // Its network.
    {
      name: 'the last place of a network is taken',
      before: { network_sends: some(now, many(8, 300)) },
      reply: found(),
      after: sent({ network: many(8, 300) })
    },
    {
      name: 'when the places of a network are spent, an address that has some waits too',
      before: { network_sends: some(now, many(9, 300)) },
      reply: found({ wait: HOUR - 300 })
    },
    {
      name: 'of two waits the longer is told',
      before: { sends: some(now, many(3, 400)), network_sends: some(now, many(9, 300)) },
      reply: found({ wait: HOUR - 300 })
    },
    {
      name: 'who signs in anywhere in a network makes places there, and is no neighbour at the address',
      before: { network_sends: some(now, many(9, 300)), network_signed_in: some(now, [30, 20]) },
      reply: found(),
      after: sent({ network: many(9, 300) })
    },

    // Floods.
    {
      name: 'the last call of a minute is served',
      before: { calls: text(3, 20) },
      reply: found(),
      after: { ...sent(), calls: text(4, 20) }
    },
    {
      name: 'then nothing is taken until the minute is over',
      before: { calls: text(4, 20) },
      reply: [20, 0, 0, 0, 0],
      after: { calls: text(5, 20) }
    }
  ])
})

table({ roles, args: { ...args, ...guess }, step: take }, (now) => {
  const guessed = ({ here = [], network = [] }: { here?: number[]; network?: number[] } = {}) => ({
    failures: withMine(now, here, DAY),
    network_failures: withMine(now, network, DAY),
    unfinished: zset({ mine: now }, DAY)
  })
  /** A guess after this many wrong ones at an address where this many numbers have signed in. */
  const after = (failures: number, signedIn: number, name: string, found: number[]) => ({
    name,
    before: { failures: some(now, many(failures, 300)), signed_in: some(now, many(signedIn, 90)) },
    reply: found,
    after: guessed({ here: many(failures, 300) })
  })
  const inNetwork = (failures: number, name: string, found: number[]) => ({
    name,
    before: { network_failures: some(now, many(failures, 300)) },
    reply: found,
    after: guessed({ network: many(failures, 300) })
  })
  return counted([
    after(0, 0, 'the first guess is noted at the address and in its network, for a day', found()),
    after(4, 0, 'codes stay short while a guess is left', found({ spent: 1 })),
    after(5, 0, 'then they are long until the oldest leaves', found({ longFor: DAY - 300, spent: 1 })),
    after(9, 0, 'nobody waits before twice as many', found({ longFor: DAY - 296, spent: 2 })),
    after(
      10,
      0,
      'then they wait, and the guess counts until it is given back',
      found({ wait: DAY - 300, longFor: DAY - 295, spent: 2 })
    ),
    after(6, 1, 'a number that signed in makes two guesses more', found({ numbers: 1, spent: 1 })),
    after(
      7,
      1,
      'when also those are spent, codes are long for a minute: somebody may finish',
      found({ longFor: MINUTE, numbers: 1, spent: 1 })
    ),
    after(13, 1, 'a sign-in counts twice for waits', found({ longFor: MINUTE, numbers: 1, spent: 3 })),
    after(
      14,
      1,
      'also those end in a minute',
      found({ wait: MINUTE, longFor: MINUTE, numbers: 1, spent: 3 })
    ),
    {
      name: 'a guess of a day ago has left',
      before: { failures: some(now, [DAY, ...many(4, 300)]) },
      reply: found({ spent: 1 }),
      after: guessed({ here: many(4, 300) })
    },
    {
      name: 'a guess one millisecond younger has not',
      before: { failures: some(now, [DAY - 0.001, ...many(4, 300)]) },
      reply: found({ longFor: 1, spent: 1 }),
      after: guessed({ here: [DAY - 0.001, ...many(4, 300)] })
    },
    {
      name: 'sends keep no guess waiting',
      before: { sends: some(now, many(9, 300)), network_sends: some(now, many(99, 300)) },
      reply: found(),
      after: guessed()
    },

    // How many times the guesses of strict mode are spent.
    after(3, 0, 'three guesses do not spend the four of strict mode', found()),
    after(8, 0, 'eight spend them twice', found({ longFor: DAY - 297, spent: 2 })),
    after(4, 1, 'two and a half for one number are fewer than four', found({ numbers: 1, spent: 1 })),
    after(4, 2, 'five for two numbers are more', found({ numbers: 2 })),
    after(5, 2, 'and are spent by five', found({ numbers: 2, spent: 1 })),

    // Its network.
    inNetwork(11, 'a network has the guesses of strict mode of several addresses', found()),
    inNetwork(12, 'which spend those of each', found({ spent: 1 })),
    inNetwork(14, 'a network has the short guesses of several addresses', found({ spent: 1 })),
    inNetwork(15, 'then each of them gets long codes', found({ longFor: DAY - 300, spent: 1 })),
    inNetwork(29, 'nobody in it waits before twice as many', found({ longFor: DAY - 286, spent: 2 })),
    inNetwork(30, 'then all wait', found({ wait: DAY - 300, longFor: DAY - 285, spent: 2 }))
  ])
})

// An IPv4 address is its own network.
table(
  {
    roles,
    args,
    step: ({ calls, sends, failures, signed_in, unfinished }, args) => {
      const network = {
        network_sends: sends,
        network_failures: failures,
        network_signed_in: signed_in
      }
      return take({ calls, sends, failures, signed_in, unfinished, ...network }, args)
    }
  },
  (now) =>
    counted([
      {
        name: 'an address without a network has its own places only',
        before: { sends: some(now, [200, 100, 50]) },
        reply: found({ wait: HOUR - 200 })
      },
      {
        name: 'and a guess there is noted once',
        args: guess,
        before: { failures: some(now, [200]) },
        reply: found(),
        after: { failures: withMine(now, [200], DAY), unfinished: zset({ mine: now }, DAY) }
      }
    ])
)
