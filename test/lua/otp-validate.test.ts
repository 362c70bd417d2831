import { ago, hash, type Row, redis, table, zset } from './table.ts'

const HOUR = 3_600
const DAY = 86_400
const YEAR = 31_536_000

/** A code that was asked for from `asked`, with the guesses at it. */
const short = (guesses: Record<string, number> = {}, most = 5) =>
  hash({ digest: 'right', long: 0, asker: 'asked', most, ...prefixed(guesses) }, 300)
const long = (guesses: Record<string, number> = {}, most = 5) =>
  hash({ digest: 'right', long: 1, asker: 'asked', most, ...prefixed(guesses) }, 300)

function prefixed(guesses: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(guesses).map(([who, count]) => [`guesses:${who}`, count]))
}

const roles = [
  'code',
  'failures',
  'row',
  'known',
  'deviceLong',
  'addressLong',
  'strangerLong',
  'spent'
] as const
const args = {
  guess: 'wrong',
  address: 'away',
  device: '',
  held: 0,
  strict: 0,
  shortPerDay: 6,
  shortKeptBack: 2,
  longPerDay: 9,
  longKeptBack: 4,
  withoutWait: 3,
  wait: 30,
  waitMax: 100,
  hourlyInRow: 12,
  shortInRow: 9,
  known: 1_000
}

type ValidateRow = Row<(typeof roles)[number], typeof args>

/** A right code is kept aside with the guess that spent it, for as long as it would have lived. */
function withSpentCode(given: ValidateRow): ValidateRow {
  // What was written of the failures in a row is kept for a year.
  const written = given.after?.row
  const row = written
    ? { ...given, after: { ...given.after, row: { ...written, ttl: YEAR * 1_000 } } }
    : given
  const code = row.before?.code
  if (!Array.isArray(row.reply) || row.reply[0] !== 'valid' || typeof code?.value !== 'object') return row
  return { ...row, after: { ...row.after, spent: { ...code, value: { ...code.value, by: 'new' } } } }
}

table(
  {
    roles,
    args,
    call: (keys, { guess, address, device, held, strict, ...policy }) =>
      redis.otpValidate(keys, guess, address, device, 'new', [
        ...[held, strict, policy.shortPerDay, policy.shortKeptBack, policy.longPerDay, policy.longKeptBack],
        ...[
          policy.withoutWait,
          policy.wait,
          policy.waitMax,
          policy.hourlyInRow,
          policy.shortInRow,
          policy.known
        ]
      ])
  },
  (now) => {
    const asker = { address: 'asked' }
    const device = { device: 'phone' }
    const right = { guess: 'right' }
    const knownDevice = zset({ phone: now - 1 }, 500)
    const knownAddress = zset({ away: now - 1 }, 500)
    /** A window that has one more entry than it had. */
    const one = (...before: number[]) =>
      zset({ ...ago(now, ...before), [`${now}-${before.length}`]: now }, DAY)
    const failures = (...seconds: number[]) => zset(ago(now, ...seconds), 50)
    /** Failures in a row, the last so many seconds ago. */
    const row = (count: number, seconds = 0) => hash({ count, last: now - seconds * 1_000 })
    /** What a right code leaves behind. */
    const opened = (...names: string[]) => ({
      code: null,
      failures: null,
      row: null,
      deviceLong: null,
      addressLong: null,
      strangerLong: null,
      known: zset(Object.fromEntries(names.map((name) => [name, now])), 1_000)
    })

    const rows: ValidateRow[] = [
      // Held by what others have done from there, and nothing to guess at.
      {
        name: 'a stranger who is held for a second is refused',
        before: { code: short() },
        args: { held: 1 },
        reply: ['spent', 1]
      },
      {
        name: 'who is held and has nothing to guess at is told that',
        args: { held: 1 },
        reply: ['void', 0]
      },
      {
        name: 'a stranger who is held cannot bring the right code',
        before: { code: short() },
        args: { ...right, held: 70 },
        reply: ['spent', 70]
      },
      {
        name: 'the first guess of who asked for the code is judged, whatever others did at the address',
        before: { code: short({ others: 3 }) },
        args: { ...asker, ...right, held: 70 },
        reply: ['valid', 0],
        after: opened('asked', 'new')
      },
      {
        name: 'and only the first',
        before: { code: short({ asker: 1 }) },
        args: { ...asker, ...right, held: 70 },
        reply: ['spent', 70]
      },
      {
        name: 'a known address is held',
        before: { code: short(), known: knownAddress },
        args: { ...right, held: 70 },
        reply: ['spent', 70]
      },
      {
        name: 'a known device is not held',
        before: { code: short(), known: knownDevice },
        args: { ...device, held: 70 },
        reply: ['invalid', 4],
        after: { code: short({ device: 1 }), failures: one(), row: row(1) }
      },
      { name: 'where there is no code, a guess costs nothing', reply: ['void', 0] },
      {
        name: 'where there is no code, what is spent is not told',
        before: { row: row(20), strangerLong: failures(7, 6, 5, 4, 3, 2, 1) },
        reply: ['void', 0]
      },

      // Whose guess it is.
      {
        name: 'a guess of a stranger is one of the others',
        before: { code: short() },
        reply: ['invalid', 3],
        after: { code: short({ others: 1 }), failures: one(), row: row(1) }
      },
      {
        name: 'a guess from where the code was asked for is its own',
        before: { code: short() },
        args: asker,
        reply: ['invalid', 3],
        after: { code: short({ asker: 1 }), failures: one(), row: row(1) }
      },
      {
        name: 'a guess from a known address is one of the addresses',
        before: { code: short(), known: knownAddress },
        reply: ['invalid', 3],
        after: { code: short({ address: 1 }), failures: one(), row: row(1) }
      },
      {
        name: 'a guess with a known device is one of the devices',
        before: { code: short(), known: knownDevice },
        args: device,
        reply: ['invalid', 4],
        after: { code: short({ device: 1 }), failures: one(), row: row(1) }
      },
      {
        name: 'who asked from a known address is one of the addresses',
        before: { code: short(), known: zset({ asked: now - 1 }, 500) },
        args: asker,
        reply: ['invalid', 3],
        after: { code: short({ address: 1 }), failures: one(), row: row(1) }
      },
      {
        name: 'a known device at a known address from which the code was asked for is the device',
        before: { code: short(), known: zset({ asked: now - 1, phone: now - 1 }, 500) },
        args: { ...asker, ...device },
        reply: ['invalid', 4],
        after: { code: short({ device: 1 }), failures: one(), row: row(1) }
      },
      {
        name: 'a device that is not known is a stranger',
        before: { code: short(), known: knownDevice },
        args: { device: 'other' },
        reply: ['invalid', 3],
        after: { code: short({ others: 1 }), failures: one(), row: row(1) }
      },
      {
        name: 'no device is not a device, even if one without a name were known',
        before: { code: short(), known: zset({ '': now - 1 }, 500) },
        reply: ['invalid', 3],
        after: { code: short({ others: 1 }), failures: one(), row: row(1) }
      },
      {
        name: 'no address is not an address, even if one without a name were known',
        before: { code: short(), known: zset({ '': now - 1 }, 500) },
        args: { address: '' },
        reply: ['invalid', 3],
        after: { code: short({ others: 1 }), failures: one(), row: row(1) }
      },
      {
        name: 'a device that has signed in one millisecond less than so many seconds ago is known',
        before: { code: short(), known: zset({ phone: now - 999_999 }, 500) },
        args: device,
        reply: ['invalid', 4],
        after: { code: short({ device: 1 }), failures: one(), row: row(1) }
      },
      {
        name: 'a device that has signed in so many seconds ago is a stranger, also before its set is forgotten',
        before: { code: short(), known: zset({ phone: now - 1_000_000 }, 500) },
        args: device,
        reply: ['invalid', 3],
        after: { code: short({ others: 1 }), failures: one(), row: row(1) }
      },
      {
        name: 'an address that has signed in one millisecond less than so many seconds ago is known',
        before: { code: short(), known: zset({ away: now - 999_999 }, 500) },
        reply: ['invalid', 3],
        after: { code: short({ address: 1 }), failures: one(), row: row(1) }
      },
      {
        name: 'an address that has signed in so many seconds ago is a stranger, also before its set is forgotten',
        before: { code: short(), known: zset({ away: now - 1_000_000 }, 500) },
        reply: ['invalid', 3],
        after: { code: short({ others: 1 }), failures: one(), row: row(1) }
      },
      {
        name: 'for how many seconds devices and addresses are known is told by the call',
        before: { code: short(), known: zset({ phone: now - 1_000_000 }, 500) },
        args: { ...device, ...right, known: 1_001 },
        reply: ['valid', 1],
        after: { ...opened(), known: zset({ away: now, phone: now }, 1_001) }
      },
      {
        name: 'failures in a row add up, and the last is now',
        before: { code: short({ others: 1 }), failures: failures(10), row: row(1, 10) },
        reply: ['invalid', 2],
        after: { code: short({ others: 2 }), failures: one(10), row: row(2) }
      },

      // Tries at one code.
      {
        name: 'the last guess of strangers at a code is judged, and tells that none is left',
        before: { code: long({ others: 4 }) },
        reply: ['invalid', 0],
        after: { code: long({ others: 5 }), strangerLong: one(), row: row(1) }
      },
      {
        name: 'the last guess at a code can be right',
        before: { code: short({ others: 4 }) },
        args: right,
        reply: ['valid', 0],
        after: opened('away', 'new')
      },
      {
        name: 'after the last guess the code is void for strangers, and nothing is counted',
        before: { code: short({ others: 5 }) },
        args: right,
        reply: ['void', 0]
      },
      {
        name: 'it is also void when more were counted than a code has',
        before: { code: short({ others: 6 }) },
        args: right,
        reply: ['void', 0]
      },
      {
        name: 'how many guesses a code has is told by the code',
        before: { code: short({ others: 3 }, 3) },
        args: right,
        reply: ['void', 0]
      },
      {
        name: 'the guesses that are left are told by the code',
        before: { code: long({ others: 1 }, 3) },
        reply: ['invalid', 1],
        after: { code: long({ others: 2 }, 3), strangerLong: one(), row: row(1) }
      },
      {
        name: 'who asked has tries that others cannot spend',
        before: { code: short({ others: 5, address: 5, device: 5 }) },
        args: { ...asker, ...right },
        reply: ['valid', 0],
        after: opened('asked', 'new')
      },
      {
        name: 'a known address has tries that others cannot spend',
        before: { code: short({ others: 5, asker: 5, device: 5 }), known: knownAddress },
        args: right,
        reply: ['valid', 0],
        after: opened('away', 'new')
      },
      {
        name: 'a known device has tries that others cannot spend, nor who shares its address',
        before: {
          code: short({ others: 5, asker: 5, address: 5 }),
          known: zset({ phone: now - 1, asked: now - 1 }, 500)
        },
        args: { ...asker, ...device, ...right },
        reply: ['valid', 1],
        after: opened('asked', 'phone')
      },
      {
        name: 'strangers have tries that the better known cannot spend',
        before: { code: short({ asker: 5, address: 5, device: 5 }) },
        args: right,
        reply: ['valid', 0],
        after: opened('away', 'new')
      },
      {
        name: 'who asked can spend the tries of who asked',
        before: { code: short({ asker: 5 }) },
        args: { ...asker, ...right },
        reply: ['void', 0]
      },
      {
        name: 'a known address can spend the tries of known addresses',
        before: { code: short({ address: 5 }), known: knownAddress },
        args: right,
        reply: ['void', 0]
      },
      {
        name: 'a known device can spend the tries of known devices',
        before: { code: short({ device: 5 }), known: knownDevice },
        args: { ...device, ...right },
        reply: ['void', 0]
      },

      // Failures at short codes in a day: six, of which two are kept back.
      {
        name: 'the fourth failure of strangers is judged, and leaves them none',
        before: { code: short(), failures: failures(500, 400, 300) },
        reply: ['invalid', 0],
        after: { code: short({ others: 1 }), failures: one(500, 400, 300), row: row(1) }
      },
      {
        name: 'after four, short codes are void for strangers',
        before: { code: short(), failures: failures(500, 400, 300, 200) },
        args: right,
        reply: ['void', 0]
      },
      {
        name: 'a failure of a day ago is forgotten',
        before: { code: short(), failures: failures(DAY, 400, 300, 200), row: row(4, 200) },
        reply: ['invalid', 0],
        after: { code: short({ others: 1 }), failures: one(400, 300, 200), row: row(5) }
      },
      {
        name: 'a failure one millisecond younger than a day counts',
        before: { code: short(), failures: failures(DAY - 0.001, 400, 300, 200) },
        args: right,
        reply: ['void', 0]
      },
      {
        name: 'the first guess of who asked may spend what is kept back, to the last',
        before: { code: short(), failures: failures(500, 400, 300, 200, 100), row: row(5, 1) },
        args: { ...asker, ...right },
        reply: ['valid', 0],
        after: opened('asked', 'new')
      },
      {
        name: 'who asked is told that no attempt is left when the first was kept back',
        before: { code: short(), failures: failures(500, 400, 300, 200), row: row(4, 1) },
        args: asker,
        reply: ['invalid', 0],
        after: { code: short({ asker: 1 }), failures: one(500, 400, 300, 200), row: row(5) }
      },
      {
        name: 'when what was kept back is spent, a short code is void for who asked',
        before: { code: short(), failures: failures(600, 500, 400, 300, 200, 100) },
        args: { ...asker, ...right },
        reply: ['void', 0]
      },
      {
        name: 'the second guess of who asked may not spend what is kept back',
        before: { code: short({ asker: 1 }), failures: failures(500, 400, 300, 200) },
        args: { ...asker, ...right },
        reply: ['void', 0]
      },
      {
        name: 'the fourth failure of a known address is judged, and leaves it none',
        before: { code: short(), failures: failures(500, 400, 300), known: knownAddress },
        reply: ['invalid', 0],
        after: { code: short({ address: 1 }), failures: one(500, 400, 300), row: row(1) }
      },
      {
        name: 'after four, short codes are void for a known address that has not asked for them',
        before: { code: short(), failures: failures(500, 400, 300, 200), known: knownAddress },
        args: right,
        reply: ['void', 0]
      },
      {
        name: 'the first guess of a known address that asked may spend what is kept back, to the last',
        before: {
          code: short(),
          failures: failures(500, 400, 300, 200, 100),
          row: row(5, 1),
          known: zset({ asked: now - 1 }, 500)
        },
        args: { ...asker, ...right },
        reply: ['valid', 0],
        after: opened('asked', 'new')
      },
      {
        name: 'when what was kept back is spent, a short code is void for a known address that asked',
        before: {
          code: short(),
          failures: failures(600, 500, 400, 300, 200, 100),
          known: zset({ asked: now - 1 }, 500)
        },
        args: { ...asker, ...right },
        reply: ['void', 0]
      },
      {
        name: 'the second guess of a known address that asked may not spend what is kept back',
        before: {
          code: short({ address: 1 }),
          failures: failures(500, 400, 300, 200),
          known: zset({ asked: now - 1 }, 500)
        },
        args: { ...asker, ...right },
        reply: ['void', 0]
      },
      {
        name: 'nothing is kept back from a known device',
        before: { code: short(), failures: failures(500, 400, 300, 200, 100), known: knownDevice },
        args: { ...device, ...right },
        reply: ['valid', 1],
        after: opened('away', 'phone')
      },
      {
        name: 'a known device is told what is left of the whole budget',
        before: { code: short(), failures: failures(500, 400, 300, 200), known: knownDevice },
        args: device,
        reply: ['invalid', 1],
        after: { code: short({ device: 1 }), failures: one(500, 400, 300, 200), row: row(1) }
      },
      {
        name: 'after six, short codes are void for a known device',
        before: { code: short(), failures: failures(600, 500, 400, 300, 200, 100), known: knownDevice },
        args: { ...device, ...right },
        reply: ['void', 0]
      },
      {
        name: 'failures at long codes spend nothing of short ones',
        before: { code: short(), strangerLong: failures(600, 500, 400, 300, 200, 100) },
        args: right,
        reply: ['valid', 0],
        after: opened('away', 'new')
      },

      // Failures in a row, over any time, at short codes: nine, of which two are kept back.
      {
        name: 'the seventh failure in a row is judged at a short code',
        before: { code: short(), row: row(6) },
        reply: ['invalid', 3],
        after: { code: short({ others: 1 }), failures: one(), row: row(7) }
      },
      {
        name: 'where one failure in a row is too many, the first guess is judged all the same',
        before: { code: short() },
        args: { ...right, shortInRow: 3 },
        reply: ['valid', 0],
        after: opened('away', 'new')
      },
      {
        name: 'after seven in a row short codes are void for strangers',
        before: { code: short(), row: row(7, DAY) },
        args: right,
        reply: ['void', 0]
      },
      {
        name: 'after more in a row they are void as well',
        before: { code: short(), row: row(8, DAY) },
        args: right,
        reply: ['void', 0]
      },
      {
        name: 'the seventh failure in a row of a known address is judged at a short code',
        before: { code: short(), row: row(6), known: knownAddress },
        reply: ['invalid', 3],
        after: { code: short({ address: 1 }), failures: one(), row: row(7) }
      },
      {
        name: 'after seven in a row short codes are void for a known address',
        before: { code: short(), row: row(7, DAY), known: knownAddress },
        args: right,
        reply: ['void', 0]
      },
      {
        name: 'the first guess of who asked may be the ninth failure in a row',
        before: { code: short(), row: row(8) },
        args: asker,
        reply: ['invalid', 3],
        after: { code: short({ asker: 1 }), failures: one(), row: row(9) }
      },
      {
        name: 'the second guess of who asked may not be the eighth',
        before: { code: short({ asker: 1 }), row: row(7, DAY) },
        args: { ...asker, ...right },
        reply: ['void', 0]
      },
      {
        name: 'after nine in a row short codes are void also for who asked',
        before: { code: short(), row: row(9, DAY) },
        args: { ...asker, ...right },
        reply: ['void', 0]
      },
      {
        name: 'a guess of a known device may be the ninth failure in a row, also its second',
        before: { code: short({ device: 1 }), row: row(8), known: knownDevice },
        args: device,
        reply: ['invalid', 3],
        after: { code: short({ device: 2 }), failures: one(), row: row(9) }
      },
      {
        name: 'after nine in a row short codes are void also for a known device',
        before: { code: short(), row: row(9, DAY), known: knownDevice },
        args: { ...device, ...right },
        reply: ['void', 0]
      },
      {
        name: 'after nine in a row long codes are judged',
        before: { code: long(), row: row(9) },
        args: right,
        reply: ['valid', 0],
        after: opened('away', 'new')
      },

      // Strict mode.
      {
        name: 'in strict mode a short code is void for strangers',
        before: { code: short() },
        args: { ...right, strict: 1 },
        reply: ['void', 0]
      },
      {
        name: 'in strict mode a short code is void for who asked',
        before: { code: short() },
        args: { ...asker, ...right, strict: 1 },
        reply: ['void', 0]
      },
      {
        name: 'in strict mode a short code is judged for a known address',
        before: { code: short(), known: knownAddress },
        args: { ...right, strict: 1 },
        reply: ['valid', 0],
        after: opened('away', 'new')
      },
      {
        name: 'in strict mode a short code is judged for a known device',
        before: { code: short(), known: knownDevice },
        args: { ...device, ...right, strict: 1 },
        reply: ['valid', 1],
        after: opened('away', 'phone')
      },
      {
        name: 'in strict mode a long code is judged for strangers',
        before: { code: long() },
        args: { ...right, strict: 1 },
        reply: ['valid', 0],
        after: opened('away', 'new')
      },

      // Failures at long codes in a day: nine, of which four are kept back, for each standing.
      {
        name: 'a failure at a long code is counted as one of strangers',
        before: { code: long(), strangerLong: failures(500, 400) },
        reply: ['invalid', 2],
        after: { code: long({ others: 1 }), strangerLong: one(500, 400), row: row(1) }
      },
      {
        name: 'a failure at a long code is counted as one of known addresses, with nothing kept back',
        before: { code: long(), addressLong: failures(500, 400, 300, 200, 100), known: knownAddress },
        reply: ['invalid', 3],
        after: { code: long({ address: 1 }), addressLong: one(500, 400, 300, 200, 100), row: row(1) }
      },
      {
        name: 'a failure at a long code is counted as one of known devices, with nothing kept back',
        before: { code: long(), deviceLong: failures(500, 400, 300, 200, 100), known: knownDevice },
        args: device,
        reply: ['invalid', 3],
        after: { code: long({ device: 1 }), deviceLong: one(500, 400, 300, 200, 100), row: row(1) }
      },
      {
        name: 'the fifth failure of strangers at long codes is judged, and leaves them none',
        before: { code: long(), strangerLong: failures(500, 400, 300, 200) },
        reply: ['invalid', 0],
        after: { code: long({ others: 1 }), strangerLong: one(500, 400, 300, 200), row: row(1) }
      },
      {
        name: 'after five, strangers must wait until the oldest is a day old',
        before: { code: long(), strangerLong: failures(500, 400, 300, 200, 100) },
        args: right,
        reply: ['spent', DAY - 500]
      },
      {
        name: 'a failure at a long code of a day ago is forgotten',
        before: { code: long(), strangerLong: failures(DAY, 400, 300, 200, 100), row: row(5, 100) },
        reply: ['invalid', 0],
        after: { code: long({ others: 1 }), strangerLong: one(400, 300, 200, 100), row: row(6) }
      },
      {
        name: 'a failure at a long code one millisecond younger than a day counts',
        before: { code: long(), strangerLong: failures(DAY - 0.001, 400, 300, 200, 100) },
        args: right,
        reply: ['spent', 1]
      },
      {
        name: 'the first guess of who asked may spend what is kept back of long codes, to the last',
        before: { code: long(), strangerLong: failures(800, 700, 600, 500, 400, 300, 200, 100), row: row(7) },
        args: { ...asker, ...right },
        reply: ['valid', 0],
        after: opened('asked', 'new')
      },
      {
        name: 'when what was kept back is spent, who asked must wait for the oldest',
        before: { code: long(), strangerLong: failures(900, 800, 700, 600, 500, 400, 300, 200, 100) },
        args: { ...asker, ...right },
        reply: ['spent', DAY - 900]
      },
      {
        name: 'the second guess of who asked waits for as many to leave as are kept back',
        before: { code: long({ asker: 1 }), strangerLong: failures(800, 700, 600, 500, 400, 300, 200, 100) },
        args: { ...asker, ...right },
        reply: ['spent', DAY - 500]
      },
      {
        name: 'the last failure of known addresses at long codes is judged, whatever strangers have spent',
        before: {
          code: long(),
          addressLong: failures(800, 700, 600, 500, 400, 300, 200, 100),
          strangerLong: failures(900, 800, 700, 600, 500, 400, 300, 200, 100),
          row: row(11),
          known: knownAddress
        },
        reply: ['invalid', 0],
        after: {
          code: long({ address: 1 }),
          addressLong: one(800, 700, 600, 500, 400, 300, 200, 100),
          row: row(12)
        }
      },
      {
        name: 'after nine, known addresses must wait',
        before: {
          code: long(),
          addressLong: failures(900, 800, 700, 600, 500, 400, 300, 200, 100),
          known: knownAddress
        },
        args: right,
        reply: ['spent', DAY - 900]
      },
      {
        name: 'a known device can spend its own, whatever addresses and strangers have spent',
        before: {
          code: long(),
          addressLong: failures(900, 800, 700, 600, 500, 400, 300, 200, 100),
          strangerLong: failures(900, 800, 700, 600, 500, 400, 300, 200, 100),
          known: zset({ phone: now - 1, away: now - 1 }, 500)
        },
        args: { ...device, ...right },
        reply: ['valid', 1],
        after: opened('away', 'phone')
      },
      {
        name: 'after nine, known devices must wait',
        before: {
          code: long(),
          deviceLong: failures(900, 800, 700, 600, 500, 400, 300, 200, 100),
          known: knownDevice
        },
        args: { ...device, ...right },
        reply: ['spent', DAY - 900]
      },
      {
        name: 'failures at short codes spend nothing of long ones',
        before: { code: long(), failures: failures(900, 800, 700, 600, 500, 400, 300, 200, 100) },
        args: right,
        reply: ['valid', 0],
        after: opened('away', 'new')
      },

      // Waits between failures: from the third in a day, doubled by each.
      {
        name: 'two failures in a day need no wait',
        before: { code: short(), failures: failures(20, 10), row: row(2) },
        reply: ['invalid', 1],
        after: { code: short({ others: 1 }), failures: one(20, 10), row: row(3) }
      },
      {
        name: 'three failures in a day need the first wait, since the last guess',
        before: { code: short(), failures: failures(30, 20, 10), row: row(3) },
        args: right,
        reply: ['spent', 30]
      },
      {
        name: 'a wait of one millisecond is told as a second',
        before: { code: short(), failures: failures(50, 40, 30), row: row(3, 29.999) },
        args: right,
        reply: ['spent', 1]
      },
      {
        name: 'a wait of 1.001 seconds is told as two',
        before: { code: short(), failures: failures(50, 40, 30), row: row(3, 28.999) },
        args: right,
        reply: ['spent', 2]
      },
      {
        name: 'a wait that ends in this millisecond is over',
        before: { code: short(), failures: failures(50, 40, 30), row: row(3, 30) },
        args: right,
        reply: ['valid', 0],
        after: opened('away', 'new')
      },
      {
        name: 'failures at short and at long codes are added up',
        before: { code: long(), failures: failures(40, 30), strangerLong: failures(20), row: row(3) },
        args: right,
        reply: ['spent', 30]
      },
      {
        name: 'the fourth failure doubles the wait',
        before: { code: long(), failures: failures(40, 30), strangerLong: failures(20, 10), row: row(4) },
        args: right,
        reply: ['spent', 60]
      },
      {
        name: 'the wait grows no longer than the longest',
        before: { code: long(), failures: failures(40, 30, 25), strangerLong: failures(20, 10), row: row(5) },
        args: right,
        reply: ['spent', 100]
      },
      {
        name: 'the wait doubles up to the longest',
        before: { code: long(), failures: failures(40, 30, 25), strangerLong: failures(20, 10), row: row(5) },
        args: { ...right, waitMax: 1_000 },
        reply: ['spent', 120]
      },
      {
        name: 'a failure at a short code of a day ago needs no wait',
        before: { code: long(), failures: failures(DAY, 30, 20), row: row(3) },
        args: right,
        reply: ['valid', 0],
        after: opened('away', 'new')
      },
      {
        name: 'a failure at a short code one millisecond younger than a day needs one',
        before: { code: long(), failures: failures(DAY - 0.001, 30, 20), row: row(3) },
        args: right,
        reply: ['spent', 30]
      },
      {
        name: 'a failure at a long code of a day ago needs no wait',
        before: { code: long(), strangerLong: failures(DAY, 30, 20), row: row(3) },
        args: right,
        reply: ['valid', 0],
        after: opened('away', 'new')
      },
      {
        name: 'a failure at a long code one millisecond younger than a day needs one',
        before: { code: long(), strangerLong: failures(DAY - 0.001, 30, 20), row: row(3) },
        args: right,
        reply: ['spent', 30]
      },
      {
        name: 'the failures of the better known at long codes make strangers wait no longer',
        before: {
          code: long(),
          deviceLong: failures(40, 30, 20),
          addressLong: failures(40, 30, 20),
          failures: failures(20, 10),
          row: row(8)
        },
        args: right,
        reply: ['valid', 0],
        after: opened('away', 'new')
      },
      {
        name: 'the first guess of who asked needs no wait',
        before: { code: short(), failures: failures(30, 20, 10), row: row(3) },
        args: { ...asker, ...right },
        reply: ['valid', 0],
        after: opened('asked', 'new')
      },
      {
        name: 'the second guess of who asked does',
        before: { code: short({ asker: 1 }), failures: failures(30, 20, 10), row: row(3) },
        args: { ...asker, ...right },
        reply: ['spent', 30]
      },
      {
        name: 'a known address needs no wait that doubles, also for its second guess',
        before: {
          code: short({ address: 1 }),
          failures: failures(30, 20, 10),
          row: row(3),
          known: knownAddress
        },
        args: right,
        reply: ['valid', 0],
        after: opened('away', 'new')
      },
      {
        name: 'a known device needs no wait, also for its second guess',
        before: {
          code: short({ device: 1 }),
          failures: failures(30, 20, 10),
          row: row(3),
          known: knownDevice
        },
        args: { ...device, ...right },
        reply: ['valid', 1],
        after: opened('away', 'phone')
      },
      {
        name: 'one failure in a row less than so many needs no wait of an hour',
        before: { code: long(), row: row(11) },
        args: right,
        reply: ['valid', 0],
        after: opened('away', 'new')
      },
      {
        name: 'so many in a row need an hour each, also when none is of this day',
        before: { code: long(), row: row(12) },
        args: right,
        reply: ['spent', HOUR]
      },
      {
        name: 'more in a row need an hour as well',
        before: { code: long(), row: row(13, HOUR - 0.001) },
        args: right,
        reply: ['spent', 1]
      },
      {
        name: 'after that hour a guess is judged',
        before: { code: long(), row: row(12, HOUR) },
        reply: ['invalid', 4],
        after: { code: long({ others: 1 }), strangerLong: one(), row: row(13) }
      },
      {
        name: 'after so many in a row an hour is enough, also where the wait were longer',
        before: { code: long(), failures: failures(30, 20, 10), row: row(12, 1) },
        args: { ...right, wait: 5_000, waitMax: 9_000 },
        reply: ['spent', HOUR - 1]
      },
      {
        name: 'the first guess of who asked needs no wait of an hour',
        before: { code: long(), row: row(12) },
        args: { ...asker, ...right },
        reply: ['valid', 0],
        after: opened('asked', 'new')
      },
      {
        name: 'the second guess of who asked does need one',
        before: { code: long({ asker: 1 }), row: row(12) },
        args: { ...asker, ...right },
        reply: ['spent', HOUR]
      },
      {
        name: 'a known address needs a wait of an hour as strangers do',
        before: { code: long(), row: row(12, 1), known: knownAddress },
        args: right,
        reply: ['spent', HOUR - 1]
      },
      {
        name: 'one failure in a row less needs no wait of an hour for a known address',
        before: { code: long(), row: row(11), known: knownAddress },
        args: right,
        reply: ['valid', 0],
        after: opened('away', 'new')
      },
      {
        name: 'after that hour a guess of a known address is judged, whatever the wait of strangers',
        before: { code: long(), failures: failures(30, 20, 10), row: row(12, HOUR), known: knownAddress },
        args: { ...right, wait: 5_000, waitMax: 9_000 },
        reply: ['valid', 0],
        after: opened('away', 'new')
      },
      {
        name: 'the first guess of a known address that asked needs no wait of an hour',
        before: { code: long(), row: row(12), known: zset({ asked: now - 1 }, 500) },
        args: { ...asker, ...right },
        reply: ['valid', 0],
        after: opened('asked', 'new')
      },
      {
        name: 'a known device needs no wait of an hour, also for its second guess',
        before: { code: long({ device: 1 }), row: row(12), known: knownDevice },
        args: { ...device, ...right },
        reply: ['valid', 1],
        after: opened('away', 'phone')
      },
      {
        name: 'who must wait for a budget is told that, not the shorter wait',
        before: { code: long(), strangerLong: failures(500, 400, 300, 200, 100), row: row(12) },
        args: right,
        reply: ['spent', DAY - 500]
      },

      // A right code.
      {
        name: 'a right code is spent with all that was counted, and the address and the device are known',
        before: {
          code: short({ others: 1 }),
          failures: failures(10),
          row: row(4),
          deviceLong: failures(10),
          addressLong: failures(10),
          strangerLong: failures(10)
        },
        args: right,
        reply: ['valid', 0],
        after: opened('away', 'new')
      },
      {
        name: 'a known device stays known by its name, and what is known is renewed',
        before: { code: short(), known: zset({ phone: now - 500_000, other: now - 500_000 }, 500) },
        args: { ...device, ...right },
        reply: ['valid', 1],
        after: { ...opened(), known: zset({ away: now, phone: now, other: now - 500_000 }, 1_000) }
      },
      {
        name: 'another device at a known address is a new one',
        before: { code: short(), known: knownAddress },
        args: { device: 'other', ...right },
        reply: ['valid', 0],
        after: opened('away', 'new')
      },
      {
        name: 'ten devices and addresses are known',
        before: { code: short(), known: zset(ago(now, 8, 7, 6, 5, 4, 3, 2, 1), 500) },
        args: right,
        reply: ['valid', 0],
        after: {
          ...opened(),
          known: zset({ ...ago(now, 8, 7, 6, 5, 4, 3, 2, 1), away: now, new: now }, 1_000)
        }
      },
      {
        name: 'of more than ten the oldest are forgotten',
        before: { code: short(), known: zset(ago(now, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1), 500) },
        args: right,
        reply: ['valid', 0],
        after: {
          ...opened(),
          known: zset({ ...ago(now, 8, 7, 6, 5, 4, 3, 2, 1), away: now, new: now }, 1_000)
        }
      },

      // A change of number has no address of its own.
      {
        name: 'at no address nobody has asked, and nothing that is kept back can be spent',
        before: {
          code: hash({ digest: 'right', long: 0, asker: '', most: 5 }, 300),
          failures: failures(500, 400, 300, 200),
          row: row(4, 1)
        },
        args: { ...right, address: '' },
        reply: ['void', 0]
      },
      {
        name: 'at no address nobody is spared the wait of an hour',
        before: { code: hash({ digest: 'right', long: 1, asker: '', most: 5 }, 300), row: row(12) },
        args: { ...right, address: '' },
        reply: ['spent', HOUR]
      },
      {
        name: 'a right code at no address makes no device and no address known',
        before: { code: hash({ digest: 'right', long: 0, asker: '', most: 5 }, 300) },
        args: { ...right, address: '' },
        reply: ['valid', 0],
        after: { code: null }
      }
    ]
    return rows.map(withSpentCode)
  }
)
