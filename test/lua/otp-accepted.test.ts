import { as, DAY, longCode, shortCode, testGuesses, testSends } from './otp.ts'
import { hash, zset } from './table.ts'

// During a change of OTP_SECRET: what is known under the name from the other secret.
const OLD = { accepted_device: 'old phone', accepted_source: 'old home', accepted_asker: 'old home' }

testSends({ knownDays: 1 }, (now) => {
  const knew = (names: object) => zset({ other: now - 9_000, ...names }, 50)
  const sent = hash({ send: 'mine', digest: 'short', long: 0, asker: 'phone' }, 300)
  return [
    {
      name: 'a device that is known by its other name is known, since when it was, and by this name from now on',
      before: { known: knew({ 'old phone': now - 5_000 }) },
      args: { ...OLD, ...as.device, source: '' },
      reply: ['short', 0],
      after: {
        code: sent,
        device_sends: zset({ mine: now }, DAY),
        known: knew({ phone: now - 5_000 })
      }
    },
    {
      name: 'so is a source',
      before: { known: knew({ 'old home': now - 5_000 }) },
      args: { ...OLD, ...as.known },
      reply: ['short', 0],
      after: {
        code: hash({ send: 'mine', digest: 'short', long: 0, asker: 'home' }, 300),
        known_sends: zset({ mine: now }, DAY),
        known: knew({ home: now - 5_000 })
      }
    },
    {
      name: 'another name makes nobody known who was not',
      before: { known: knew({}) },
      args: OLD,
      reply: ['short', 0],
      after: {
        code: hash({ send: 'mine', digest: 'short', long: 0, asker: 'away' }, 300),
        stranger_sends: zset({ mine: now }, DAY)
      }
    }
  ]
})

testGuesses({ knownDays: 1, longFailuresPerDay: 5, sendsPerDay: 5 }, (now) => {
  const spent = { code: null, spent: shortCode({ by: 'new' }) }
  const failures = zset({ one: now - 5_000, two: now - 4_000, three: now - 3_000, four: now - 2_000 }, 500)
  const before = { code: shortCode(), known: zset({ 'old phone': now - 5_000 }, 50) }
  return [
    {
      name: 'a code that was sent by the other secret signs in, and its device stays known',
      before: { ...before, code: shortCode({ digest: 'old right' }) },
      args: { ...OLD, ...as.device, accepted_digest: 'old right', digest: 'new right' },
      reply: ['right', 1],
      after: {
        ...spent,
        spent: shortCode({ digest: 'old right', by: 'new' }),
        known: zset({ away: now, phone: now }, DAY)
      }
    },
    {
      name: 'a wrong guess counts once, though it is compared under two secrets',
      before: { ...before, known: null },
      args: { accepted_digest: 'old wrong', digest: 'wrong' },
      reply: ['wrong', 998, 1],
      after: {
        code: shortCode({ guesses: 1 }),
        short: zset({ [`${now}-0`]: now }, DAY),
        in_row: hash({ count: 1, last: now }, 31_536_000)
      }
    },
    ...(['old home', 'old phone'] as const).map((asker) => ({
      name: `who asked for the code as ${asker} has the first guess under the name of now, too`,
      before: { code: longCode({ asker }), known: null, stranger_long: failures },
      args: OLD,
      reply: ['right', 0],
      after: {
        code: null,
        spent: longCode({ asker, by: 'new' }),
        stranger_long: null,
        known: zset({ away: now, new: now }, DAY)
      }
    }))
  ]
})
