import { ago, redis, table, zset } from './table.ts'

const HOUR = 3_600
const DAY = 86_400

table(
  {
    roles: ['window', 'numbers', 'signedIn'],
    args: { places: 2, placesPerSignIn: 3, seconds: 600, numbersPerHour: 2 },
    call: (keys, { places, placesPerSignIn, seconds, numbersPerHour }) =>
      redis.addressTake(keys, 'mine', 'number', [places, placesPerSignIn, seconds, numbersPerHour])
  },
  (now) => {
    const taken = (...before: number[]) => zset({ ...ago(now, ...before), mine: now }, 600)
    const noted = (...before: number[]) => zset({ ...ago(now, ...before), number: now }, HOUR)
    const some = (...seconds: number[]) => zset(ago(now, ...seconds), 500)
    return [
      {
        name: 'the first place is taken, and the number is noted for an hour',
        reply: 0,
        after: { window: taken(), numbers: noted() }
      },

      // Places.
      {
        name: 'the last place is taken',
        before: { window: some(200) },
        reply: 0,
        after: { window: taken(200), numbers: noted() }
      },
      {
        name: 'when no place is left, the wait is for the oldest, and nothing is noted',
        before: { window: some(200, 100) },
        reply: 400
      },
      {
        name: 'an entry as old as the window is long has left',
        before: { window: some(600, 100) },
        reply: 0,
        after: { window: taken(100), numbers: noted() }
      },
      {
        name: 'an entry one millisecond younger has not',
        before: { window: some(599.999, 100) },
        reply: 1
      },
      {
        name: 'a sign-in makes so many places more, of which the last is taken',
        before: { window: some(500, 400, 300, 200), signedIn: some(30) },
        reply: 0,
        after: { window: taken(500, 400, 300, 200), numbers: noted() }
      },
      {
        name: 'when also those of a sign-in are spent, the wait is for the oldest',
        before: { window: some(500, 400, 300, 200, 100), signedIn: some(30) },
        reply: 100
      },
      {
        name: 'each sign-in makes as many places more',
        before: { window: some(500, 400, 300, 200, 100, 90, 80, 70), signedIn: some(30, 20) },
        reply: 100
      },
      {
        name: 'a sign-in of a day ago makes no place',
        before: { window: some(200, 100), signedIn: some(DAY) },
        reply: 400
      },
      {
        name: 'a sign-in one millisecond younger than a day does',
        before: { window: some(200, 100), signedIn: some(DAY - 0.001) },
        reply: 0,
        after: { window: taken(200, 100), numbers: noted() }
      },

      // Numbers.
      {
        name: 'the last number of an hour is noted',
        before: { numbers: some(200) },
        reply: 0,
        after: { window: taken(), numbers: noted(200) }
      },
      {
        name: 'when an address has tried its numbers, the wait is for the oldest, and no place is taken',
        before: { window: some(50), numbers: some(200, 100) },
        reply: HOUR - 200
      },
      {
        name: 'a number of an hour ago is forgotten',
        before: { numbers: some(HOUR, 100) },
        reply: 0,
        after: { window: taken(), numbers: noted(100) }
      },
      {
        name: 'a number one millisecond younger than an hour counts',
        before: { numbers: some(HOUR - 0.001, 100) },
        reply: 1
      },
      {
        name: 'a sign-in makes one number more',
        before: { numbers: some(200, 100), signedIn: some(30) },
        reply: 0,
        after: { window: taken(), numbers: noted(200, 100) }
      },
      {
        name: 'when also that of a sign-in is spent, the wait is for the oldest',
        before: { numbers: some(300, 200, 100), signedIn: some(30) },
        reply: HOUR - 300
      },
      {
        name: 'a number that was tried already needs no other, and its hour begins anew',
        before: { numbers: zset({ ...ago(now, 200), number: now - 100_000 }, 500) },
        reply: 0,
        after: { window: taken(), numbers: noted(200) }
      },
      {
        name: 'a number that was tried almost an hour ago needs no other',
        before: { numbers: zset({ ...ago(now, 200), number: now - HOUR * 1_000 + 1 }, 500) },
        reply: 0,
        after: { window: taken(), numbers: noted(200) }
      },
      {
        name: 'a number that was tried an hour ago is one more',
        before: { numbers: zset({ ...ago(now, 200, 100), number: now - HOUR * 1_000 }, 500) },
        reply: HOUR - 200
      },
      {
        name: 'the hour of a number that was tried an hour ago begins anew',
        before: { numbers: zset({ ...ago(now, 200), number: now - HOUR * 1_000 }, 500) },
        reply: 0,
        after: { window: taken(), numbers: noted(200) }
      },
      {
        name: 'a number that has signed in from here is not noted, however many were tried',
        before: { numbers: some(400, 300, 200, 100), signedIn: zset({ number: now - 1 }, 500) },
        reply: 0,
        after: { window: taken() }
      },
      {
        name: 'a number that signed in one millisecond less than a day ago is not noted either',
        before: {
          numbers: some(400, 300, 200, 100),
          signedIn: zset({ number: now - DAY * 1_000 + 1 }, 500)
        },
        reply: 0,
        after: { window: taken() }
      },
      {
        name: 'a number that signed in a day ago needs a place again',
        before: { numbers: some(200, 100), signedIn: zset({ number: now - DAY * 1_000 }, 500) },
        reply: HOUR - 200
      },
      {
        name: 'a number that signed in a day ago is noted again',
        before: { numbers: some(200), signedIn: zset({ number: now - DAY * 1_000 }, 500) },
        reply: 0,
        after: { window: taken(), numbers: noted(200) }
      },
      {
        name: 'a number that was tried an hour ago and has signed in since is not noted again',
        before: {
          numbers: zset({ ...ago(now, 400, 300, 200, 100), number: now - HOUR * 1_000 }, 500),
          signedIn: zset({ number: now - 1 }, 500)
        },
        reply: 0,
        after: { window: taken() }
      },

      // Both.
      {
        name: 'a number that was tried already needs a place all the same',
        before: { window: some(200, 100), numbers: zset({ number: now - 1 }, 500) },
        reply: 400
      },
      {
        name: 'of two waits the longer is told: that for a number',
        before: { window: some(200, 100), numbers: some(200, 100) },
        reply: HOUR - 200
      },
      {
        name: 'of two waits the longer is told: that for a place',
        before: { window: some(200, 100), numbers: some(HOUR - 50, 100) },
        reply: 400
      }
    ]
  }
)
