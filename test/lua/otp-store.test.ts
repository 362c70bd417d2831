import { ago, hash, redis, table, text, zset } from './table.ts'

const HOUR = 3_600
const DAY = 86_400

const code = (digest: string, asker = 'here') =>
  hash({ send: 'send', digest, long: digest === 'long' ? 1 : 0, asker, most: 5 }, 300)

/** What one more code leaves behind, by who asked for it: who is known less must wait too, and for a device's while it lives. */
function storedAt(now: number) {
  const sends = (before = {}) => zset({ ...before, send: now }, DAY)
  const cooldown = text('send', 60)
  return {
    stranger: (digest = 'short', before = {}) => ({
      code: code(digest),
      cooldown,
      sends: sends(before)
    }),
    address: (digest = 'short') => ({
      code: code(digest),
      addressCooldown: cooldown,
      addressSends: sends(),
      cooldown
    }),
    device: (digest = 'short') => ({
      code: code(digest, 'phone'),
      deviceCooldown: cooldown,
      deviceSends: sends(),
      addressCooldown: text('send', 300),
      cooldown: text('send', 300)
    })
  }
}

table(
  {
    roles: [
      ...(['code', 'previous', 'failures', 'row', 'known', 'deviceCooldown', 'deviceSends'] as const),
      ...(['addressCooldown', 'addressSends', 'cooldown', 'sends'] as const)
    ],
    args: {
      address: 'here',
      device: '',
      life: 300,
      cooldown: 60,
      perHour: 3,
      perDay: 5,
      failuresPerDay: 4,
      failuresInRow: 6,
      guesses: 5,
      known: 1_000,
      held: 0,
      strangersHeld: 0,
      strangersLong: 0
    },
    call: (keys, { address, device, life, cooldown, perHour, perDay, ...rest }) =>
      redis.otpStore(keys, 'send', 'short', 'long', address, device, [
        ...[life, cooldown, perHour, perDay],
        ...[rest.failuresPerDay, rest.failuresInRow, rest.guesses],
        ...[rest.known, rest.held, rest.strangersHeld, rest.strangersLong]
      ])
  },
  (now) => {
    const by = storedAt(now)
    return [
      // Who asks.
      {
        name: 'a stranger gets a short code, and strangers must wait for the next one',
        reply: ['short', 0],
        after: by.stranger()
      },
      {
        name: 'a stranger gets the long code where too many guesses from the address were wrong',
        args: { strangersLong: 1 },
        reply: ['long', 0],
        after: by.stranger('long')
      },
      {
        name: 'a known address gets the short one there',
        before: { known: zset({ here: now - 1 }) },
        args: { strangersLong: 1 },
        reply: ['short', 0],
        after: by.address()
      },
      {
        name: 'and so does a known device',
        before: { known: zset({ phone: now - 1 }) },
        args: { device: 'phone', strangersLong: 1 },
        reply: ['short', 0],
        after: by.device()
      },
      {
        name: 'a known address has sends of its own, and strangers must wait as it must',
        before: { known: zset({ here: now - 1 }) },
        reply: ['short', 0],
        after: by.address()
      },
      {
        name: 'the code of a known device is for it alone, and all others must wait while it lives',
        before: { known: zset({ phone: now - 1 }) },
        args: { device: 'phone' },
        reply: ['short', 0],
        after: by.device()
      },
      {
        name: 'a known device at a known address is the device',
        before: { known: zset({ phone: now - 1, here: now - 1 }) },
        args: { device: 'phone' },
        reply: ['short', 0],
        after: by.device()
      },
      {
        name: 'a device that is not known, at a known address, is the address',
        before: { known: zset({ phone: now - 1, here: now - 1 }) },
        args: { device: 'other' },
        reply: ['short', 0],
        after: by.address()
      },
      {
        name: 'a device and an address that are not known are a stranger',
        before: { known: zset({ phone: now - 1, there: now - 1 }) },
        args: { device: 'other' },
        reply: ['short', 0],
        after: by.stranger()
      },
      {
        name: 'no device is not a device, even if one without a name were known',
        before: { known: zset({ '': now - 1 }) },
        reply: ['short', 0],
        after: by.stranger()
      },
      {
        name: 'no address is not an address, even if one without a name were known',
        before: { known: zset({ '': now - 1 }) },
        args: { address: '' },
        reply: ['short', 0],
        after: { ...by.stranger(), code: code('short', '') }
      },
      {
        name: 'a known device that comes from no address is the device',
        before: { known: zset({ phone: now - 1 }) },
        args: { address: '', device: 'phone' },
        reply: ['short', 0],
        after: by.device()
      },
      {
        name: 'a device that has signed in one millisecond less than so many seconds ago is known',
        before: { known: zset({ phone: now - 999_999 }) },
        args: { device: 'phone' },
        reply: ['short', 0],
        after: by.device()
      },
      {
        name: 'a device that has signed in so many seconds ago is not known any more',
        before: { known: zset({ phone: now - 1_000_000 }) },
        args: { device: 'phone' },
        reply: ['short', 0],
        after: by.stranger()
      },
      {
        name: 'an address that has signed in one millisecond less than so many seconds ago is known',
        before: { known: zset({ here: now - 999_999 }) },
        reply: ['short', 0],
        after: by.address()
      },
      {
        name: 'an address that has signed in so many seconds ago is not known any more',
        before: { known: zset({ here: now - 1_000_000 }) },
        reply: ['short', 0],
        after: by.stranger()
      },
      {
        name: 'a device that is not known any more, at an address that is, is the address',
        before: { known: zset({ phone: now - 1_000_000, here: now - 1 }) },
        args: { device: 'phone' },
        reply: ['short', 0],
        after: by.address()
      },
      {
        name: 'a known device at an address that is not known any more is the device',
        before: { known: zset({ phone: now - 1, here: now - 1_000_000 }) },
        args: { device: 'phone' },
        reply: ['short', 0],
        after: by.device()
      },
      {
        name: 'for how many seconds devices and addresses are known is told by the call',
        before: { known: zset({ here: now - 1_000_000 }) },
        args: { known: 1_001 },
        reply: ['short', 0],
        after: by.address()
      },
      {
        name: 'the code is for the address that asks, lives and may be guessed at as the call says',
        args: { address: 'there', life: 200, cooldown: 30, guesses: 3 },
        reply: ['short', 0],
        after: {
          code: hash({ send: 'send', digest: 'short', long: 0, asker: 'there', most: 3 }, 200),
          cooldown: text('send', 30),
          sends: zset({ send: now }, DAY)
        }
      },

      // Held by what others have done from here.
      { name: 'a stranger who is held for a second is refused', args: { held: 1 }, reply: ['spent', 1] },
      {
        name: 'a stranger is told the wait of what others have done, not the cooldown',
        before: { cooldown: text('older', 20) },
        args: { held: 70 },
        reply: ['spent', 70]
      },
      {
        name: 'a known address is held like a stranger',
        before: { known: zset({ here: now - 1 }) },
        args: { held: 1 },
        reply: ['spent', 1]
      },
      {
        name: 'a known device is not held, also not at a known address',
        before: { known: zset({ phone: now - 1, here: now - 1 }) },
        args: { held: 70, device: 'phone' },
        reply: ['short', 0],
        after: by.device()
      },

      // Held by what others have done to numbers like this one.
      {
        name: 'where strangers are held for a second, a stranger is refused',
        args: { strangersHeld: 1 },
        reply: ['spent', 1]
      },
      {
        name: 'where strangers are held, a stranger is told that, not the cooldown',
        before: { cooldown: text('older', 20) },
        args: { strangersHeld: 70 },
        reply: ['spent', 70]
      },
      {
        name: 'where strangers are held, a known address is not',
        before: { known: zset({ here: now - 1 }) },
        args: { strangersHeld: 70 },
        reply: ['short', 0],
        after: by.address()
      },
      {
        name: 'where strangers are held, a known device is not',
        before: { known: zset({ phone: now - 1 }) },
        args: { strangersHeld: 70, device: 'phone' },
        reply: ['short', 0],
        after: by.device()
      },
      {
        name: 'where all are held, a known device is not',
        before: { known: zset({ phone: now - 1 }) },
        args: { held: 80, strangersHeld: 70, device: 'phone' },
        reply: ['short', 0],
        after: by.device()
      },
      {
        name: 'a known address waits for what was done from it, however long strangers are held',
        before: { known: zset({ here: now - 1 }) },
        args: { held: 70, strangersHeld: 80 },
        reply: ['spent', 70]
      },
      {
        name: 'a stranger waits for the longer: what was done from here',
        args: { held: 80, strangersHeld: 70 },
        reply: ['spent', 80]
      },
      {
        name: 'a stranger waits for the longer: what was done to numbers like this one',
        args: { held: 70, strangersHeld: 80 },
        reply: ['spent', 80]
      },

      // Cooldowns.
      {
        name: 'a cooldown is told to the second',
        before: { code: code('short'), previous: code('long'), cooldown: text('send', 30) },
        reply: ['cooldown', 30]
      },
      {
        name: 'a cooldown of 30.001 seconds is told as 31',
        before: { cooldown: text('older', 30.001) },
        reply: ['cooldown', 31]
      },
      {
        name: 'a cooldown of one millisecond is told as a second',
        before: { cooldown: text('older', 0.001) },
        reply: ['cooldown', 1]
      },
      {
        name: 'a cooldown that ends in this millisecond is over',
        before: { cooldown: text('older', 0) },
        reply: ['short', 0],
        after: by.stranger()
      },
      {
        name: 'the cooldown of strangers is not that of a known address, which replaces it',
        before: { known: zset({ here: now - 1 }), cooldown: text('older', 30) },
        reply: ['short', 0],
        after: by.address()
      },
      {
        name: 'the cooldowns of strangers and known addresses are not that of a known device',
        before: {
          known: zset({ phone: now - 1, here: now - 1 }),
          addressCooldown: text('older', 30),
          cooldown: text('older', 40)
        },
        args: { device: 'phone' },
        reply: ['short', 0],
        after: by.device()
      },
      {
        name: 'a known address waits for its own cooldown',
        before: { known: zset({ here: now - 1 }), addressCooldown: text('older', 30) },
        reply: ['cooldown', 30]
      },
      {
        name: 'a known device waits for its own cooldown',
        before: { known: zset({ phone: now - 1 }), deviceCooldown: text('older', 30) },
        args: { device: 'phone' },
        reply: ['cooldown', 30]
      },
      {
        name: 'a stranger waits for no cooldown but that of strangers',
        before: { deviceCooldown: text('older', 30), addressCooldown: text('older', 30) },
        reply: ['short', 0],
        after: by.stranger()
      },

      {
        name: 'where a cooldown is longer than the life of a code, others wait for that of a known device',
        before: { known: zset({ phone: now - 1 }) },
        args: { device: 'phone', life: 90, cooldown: 100 },
        reply: ['short', 0],
        after: {
          code: hash({ send: 'send', digest: 'short', long: 0, asker: 'phone', most: 5 }, 90),
          deviceCooldown: text('send', 100),
          deviceSends: zset({ send: now }, DAY),
          addressCooldown: text('send', 100),
          cooldown: text('send', 100)
        }
      },
      {
        name: 'where a code lives longer than its cooldown, others wait no longer for that of a known address',
        before: { known: zset({ here: now - 1 }) },
        args: { life: 900 },
        reply: ['short', 0],
        after: {
          ...by.address(),
          code: hash({ send: 'send', digest: 'short', long: 0, asker: 'here', most: 5 }, 900)
        }
      },

      // Budgets of sends.
      {
        name: 'the last send of an hour is allowed',
        before: { sends: zset(ago(now, 20, 10), 50) },
        reply: ['short', 0],
        after: by.stranger('short', ago(now, 20, 10))
      },
      {
        name: 'with as many sends as an hour has, the wait is for the oldest, and the code stays as it is',
        before: { code: code('short'), previous: code('long'), sends: zset(ago(now, 30, 20, 10), 50) },
        reply: ['spent', HOUR - 30]
      },
      {
        name: 'with more sends than an hour has, the wait is for the second oldest',
        before: { sends: zset(ago(now, 30, 20, 10, 5), 50) },
        reply: ['spent', HOUR - 20]
      },
      {
        name: 'a send of an hour ago is not one of this hour, but is kept for the day',
        before: { sends: zset(ago(now, HOUR, 20, 10), 50) },
        reply: ['short', 0],
        after: by.stranger('short', ago(now, HOUR, 20, 10))
      },
      {
        name: 'a send one millisecond younger than an hour is one of this hour',
        before: { sends: zset(ago(now, HOUR - 0.001, 20, 10), 50) },
        reply: ['spent', 1]
      },
      {
        name: 'the last send of a day is allowed',
        before: { sends: zset(ago(now, 8_000, 7_000, 6_000, 10), 50) },
        reply: ['short', 0],
        after: by.stranger('short', ago(now, 8_000, 7_000, 6_000, 10))
      },
      {
        name: 'with as many sends as a day has, the wait is for the oldest',
        before: { sends: zset(ago(now, 8_000, 7_000, 6_000, 5_000, 10), 50) },
        reply: ['spent', DAY - 8_000]
      },
      {
        name: 'a send of a day ago is forgotten',
        before: { sends: zset(ago(now, DAY, 7_000, 6_000, 5_000, 10), 50) },
        reply: ['short', 0],
        after: by.stranger('short', ago(now, 7_000, 6_000, 5_000, 10))
      },
      {
        name: 'a send one millisecond younger than a day counts',
        before: { sends: zset(ago(now, DAY - 0.001, 7_000, 6_000, 5_000, 10), 50) },
        reply: ['spent', 1]
      },
      {
        name: 'of two waits the longer is told: that of the hour',
        before: { sends: zset(ago(now, DAY - 10, 7_000, 30, 20, 10), 50) },
        reply: ['spent', HOUR - 30]
      },
      {
        name: 'of two waits the longer is told: that of the day',
        before: { sends: zset(ago(now, HOUR - 10, 40, 30, 20, 10), 50) },
        args: { perHour: 5 },
        reply: ['spent', DAY - HOUR + 10]
      },
      {
        name: 'a cooldown is told before a budget that is spent',
        before: { cooldown: text('short', 20), sends: zset(ago(now, 30, 20, 10), 50) },
        reply: ['cooldown', 20]
      },
      {
        name: 'what strangers have sent is not spent for a known address',
        before: { known: zset({ here: now - 1 }), sends: zset(ago(now, 30, 20, 10), 50) },
        reply: ['short', 0],
        after: by.address()
      },
      {
        name: 'what strangers and known addresses have sent is not spent for a known device',
        before: {
          known: zset({ phone: now - 1, here: now - 1 }),
          sends: zset(ago(now, 30, 20, 10), 50),
          addressSends: zset(ago(now, 30, 20, 10), 50)
        },
        args: { device: 'phone' },
        reply: ['short', 0],
        after: by.device()
      },
      {
        name: 'a known address can spend its own sends',
        before: { known: zset({ here: now - 1 }), addressSends: zset(ago(now, 30, 20, 10), 50) },
        reply: ['spent', HOUR - 30]
      },
      {
        name: 'a known device can spend its own sends',
        before: { known: zset({ phone: now - 1 }), deviceSends: zset(ago(now, 30, 20, 10), 50) },
        args: { device: 'phone' },
        reply: ['spent', HOUR - 30]
      },

      // Short or long.
      {
        name: 'one failure less than a day allows leaves codes short',
        before: { failures: zset(ago(now, 30, 20, 10), 50) },
        reply: ['short', 0],
        after: by.stranger()
      },
      {
        name: 'as many failures as a day allows make codes long',
        before: { failures: zset(ago(now, 40, 30, 20, 10), 50) },
        reply: ['long', 0],
        after: by.stranger('long')
      },
      {
        name: 'a failure of a day ago makes no code long',
        before: { failures: zset(ago(now, DAY, 30, 20, 10), 50) },
        reply: ['short', 0],
        after: by.stranger()
      },
      {
        name: 'a failure one millisecond younger than a day does',
        before: { failures: zset(ago(now, DAY - 0.001, 30, 20, 10), 50) },
        reply: ['long', 0],
        after: by.stranger('long')
      },
      {
        name: 'one failure in a row less than allowed leaves codes short',
        before: { row: hash({ count: 5, last: now }) },
        reply: ['short', 0],
        after: by.stranger()
      },
      {
        name: 'where one failure in a row is too many, none is not',
        args: { failuresInRow: 1 },
        reply: ['short', 0],
        after: by.stranger()
      },
      {
        name: 'as many failures in a row as allowed make codes long',
        before: { row: hash({ count: 6, last: 0 }) },
        reply: ['long', 0],
        after: by.stranger('long')
      },
      {
        name: 'more failures in a row than allowed make codes long',
        before: { row: hash({ count: 7, last: 0 }) },
        reply: ['long', 0],
        after: by.stranger('long')
      },
      {
        name: 'in strict mode, where no failure in a row is allowed, the first code is long',
        args: { failuresInRow: 0 },
        reply: ['long', 0],
        after: by.stranger('long')
      },
      {
        name: 'the codes of a known device are long like those of others',
        before: { known: zset({ phone: now - 1 }), row: hash({ count: 6, last: now }) },
        args: { device: 'phone' },
        reply: ['long', 0],
        after: by.device('long')
      },

      {
        name: 'sends are told apart by their names, not by their codes',
        before: { sends: zset({ short: now - 10_000 }, 50) },
        reply: ['short', 0],
        after: by.stranger('short', { short: now - 10_000 })
      },

      // The code before it.
      {
        name: 'the code before is kept aside with its guesses and its life, in place of the one before that',
        before: {
          code: hash({ digest: 'first', long: 0, asker: 'there', most: 5, 'guesses:others': 2 }, 100),
          previous: hash({ digest: 'zeroth', long: 1, asker: 'here', most: 5, 'guesses:asker': 1 }, 50)
        },
        reply: ['short', 0],
        after: {
          ...by.stranger(),
          previous: hash({ digest: 'first', long: 0, asker: 'there', most: 5, 'guesses:others': 2 }, 100)
        }
      },
      {
        name: 'when the code before was used, none older is kept aside',
        before: { previous: code('long') },
        reply: ['short', 0],
        after: { ...by.stranger(), previous: null }
      }
    ]
  }
)
