import { as, asAsker, DAY, inRow, longCode, shortCode, testGuesses } from './otp.ts'
import { ago, zset } from './table.ts'

const GUESSES = 5
const SHORT_A_DAY = 6
const LONG_A_DAY = 9
const LONG_FOR_ASKERS = 4

testGuesses(
  {
    maxAttempts: GUESSES,
    maxFailuresPerDay: SHORT_A_DAY,
    longFailuresPerDay: LONG_A_DAY,
    sendsPerDay: LONG_FOR_ASKERS
  },
  (now) => {
    const failures = (...seconds: number[]) => zset(ago(now, ...seconds), 500)
    /** One failure more than there were, as of now. */
    const oneMore = (...before: number[]) =>
      zset({ ...ago(now, ...before), [`${now}-${before.length}`]: now }, DAY)
    const wrong = { digest: 'wrong' }
    const row = inRow(now, 1)
    return [
      // What a wrong guess counts.
      ...(['stranger', 'familiar', 'known'] as const).map((standing) => ({
        name: `a wrong guess of a ${standing} at a short code counts for the code, the number and the service`,
        before: { code: shortCode() },
        args: { ...wrong, ...as[standing] },
        reply: ['wrong', GUESSES - 1, 1],
        after: { code: shortCode({ guesses: 1 }), short: oneMore(), in_row: row }
      })),
      {
        name: 'that of a known device does not for the service',
        before: { code: shortCode() },
        args: { ...wrong, ...as.device },
        reply: ['wrong', GUESSES - 1, 0],
        after: { code: shortCode({ guesses: 1 }), short: oneMore(), in_row: row }
      },
      ...(['stranger', 'familiar', 'known', 'device'] as const).map((standing) => ({
        name: `a wrong guess of a ${standing} at a long code counts as one of theirs, and not for the service`,
        before: { code: longCode() },
        args: { ...wrong, ...as[standing] },
        reply: ['wrong', GUESSES - 1, 0],
        after: { code: longCode({ guesses: 1 }), [`${standing}_long`]: oneMore(), in_row: row }
      })),
      {
        name: 'a known device at a known source is the device',
        before: { code: longCode() },
        args: { ...wrong, ...as.known, ...as.device },
        reply: ['wrong', GUESSES - 1, 0],
        after: { code: longCode({ guesses: 1 }), device_long: oneMore(), in_row: row }
      },
      {
        name: 'another device at a known source is the source',
        before: { code: longCode() },
        args: { ...wrong, ...as.known, device: 'another' },
        reply: ['wrong', GUESSES - 1, 0],
        after: { code: longCode({ guesses: 1 }), known_long: oneMore(), in_row: row }
      },
      {
        name: 'the first of who asked is noted',
        before: { code: shortCode({ guesses: 2 }) },
        args: { ...wrong, ...asAsker },
        reply: ['wrong', GUESSES - 3, 1],
        after: { code: shortCode({ guesses: 3, asker_guessed: 1 }), short: oneMore(), in_row: row }
      },
      {
        name: 'wrong guesses add up, and those of a day ago are forgotten, but for those in a row',
        before: {
          code: shortCode({ guesses: 1 }),
          short: failures(DAY, DAY - 0.001, 200),
          in_row: inRow(now, 7, 200)
        },
        args: wrong,
        reply: ['wrong', SHORT_A_DAY - 1 - 3, 1],
        after: {
          code: shortCode({ guesses: 2 }),
          short: oneMore(DAY - 0.001, 200),
          in_row: inRow(now, 8)
        }
      },

      // What is left.
      {
        name: 'the last at a code leaves none',
        before: { code: shortCode({ guesses: GUESSES - 1 }) },
        args: wrong,
        reply: ['wrong', 0, 1],
        after: { code: shortCode({ guesses: GUESSES }), short: oneMore(), in_row: row }
      },
      {
        name: 'the one more of who asked leaves none, and not less',
        before: { code: shortCode({ guesses: GUESSES }) },
        args: { ...wrong, ...asAsker },
        reply: ['wrong', 0, 1],
        after: { code: shortCode({ guesses: GUESSES + 1, asker_guessed: 1 }), short: oneMore(), in_row: row }
      },
      {
        name: 'the last of a day at short codes leaves none, whatever the code has',
        before: { code: shortCode(), short: failures(500, 400, 300, 200) },
        args: wrong,
        reply: ['wrong', 0, 1],
        after: { code: shortCode({ guesses: 1 }), short: oneMore(500, 400, 300, 200), in_row: row }
      },
      {
        name: 'the one that is kept for who asked leaves none, and not less',
        before: { code: shortCode(), short: failures(500, 400, 300, 200, 100) },
        args: { ...wrong, ...asAsker },
        reply: ['wrong', 0, 1],
        after: {
          code: shortCode({ guesses: 1, asker_guessed: 1 }),
          short: oneMore(500, 400, 300, 200, 100),
          in_row: row
        }
      },
      {
        name: 'a known device is told of that one too',
        before: { code: shortCode(), short: failures(500, 400, 300, 200) },
        args: { ...wrong, ...as.device },
        reply: ['wrong', 1, 0],
        after: { code: shortCode({ guesses: 1 }), short: oneMore(500, 400, 300, 200), in_row: row }
      },
      {
        name: 'at long codes a stranger is told of none that are kept for askers',
        before: { code: longCode(), stranger_long: failures(500, 400, 300) },
        args: wrong,
        reply: ['wrong', LONG_A_DAY - LONG_FOR_ASKERS - 4, 0],
        after: { code: longCode({ guesses: 1 }), stranger_long: oneMore(500, 400, 300), in_row: row }
      },
      {
        name: 'and a known device of all',
        before: { code: longCode(), device_long: failures(600, 500, 400, 300, 200, 100) },
        args: { ...wrong, ...as.device },
        reply: ['wrong', LONG_A_DAY - 7, 0],
        after: {
          code: longCode({ guesses: 1 }),
          device_long: oneMore(600, 500, 400, 300, 200, 100),
          in_row: row
        }
      }
    ]
  }
)
