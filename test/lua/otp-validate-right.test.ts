import { as, DAY, guessesAt, inRow, shortCode, testGuesses } from './otp.ts'
import { ago, zset } from './table.ts'

testGuesses({ knownDays: 1 }, (now) => {
  const { isJudged } = guessesAt(now)
  const some = zset(ago(now, 20, 10), 500)
  const spent = { code: null, spent: shortCode({ by: 'new' }) }
  const before = { code: shortCode() }
  const eight = ago(now, 80, 70, 60, 50, 40, 30, 20, 10)
  return [
    {
      name: 'a right guess spends the code, forgets all that was counted but for the sends, and makes source and device known',
      before: {
        code: shortCode({ guesses: 2, asker_guessed: 1 }),
        previous: shortCode({ digest: 'older' }),
        spent: shortCode({ by: 'an older guess', guesses: 1 }),
        short: some,
        in_row: inRow(now, 9),
        known: null,
        device_long: some,
        known_long: some,
        familiar_long: some,
        stranger_long: some,
        device_sends: some,
        known_sends: some,
        familiar_sends: some,
        stranger_sends: some
      },
      reply: ['right', 0],
      after: {
        code: null,
        spent: shortCode({ guesses: 2, asker_guessed: 1, by: 'new' }),
        short: null,
        in_row: null,
        known: zset({ away: now, new: now }, DAY),
        device_long: null,
        known_long: null,
        familiar_long: null,
        stranger_long: null
      }
    },
    {
      name: 'a known device stays known by its name, as of now',
      before: { ...before, known: zset({ phone: now - 50_000, other: now - 50_000 }, 500) },
      args: as.device,
      reply: ['right', 1],
      after: { ...spent, known: zset({ away: now, phone: now, other: now - 50_000 }, DAY) }
    },
    {
      name: 'a device that is not known is given a new name, also at a known source',
      before: { ...before, known: zset({ home: now - 50_000 }, 500) },
      args: { ...as.known, device: 'made up' },
      reply: ['right', 0],
      after: { ...spent, known: zset({ home: now, new: now }, DAY) }
    },
    {
      name: 'ten devices and sources are known',
      before: { ...before, known: zset(eight, 500) },
      reply: ['right', 0],
      after: { ...spent, known: zset({ ...eight, away: now, new: now }, DAY) }
    },
    {
      name: 'of more the oldest are forgotten',
      before: { ...before, known: zset({ ...ago(now, 100, 90), ...eight }, 500) },
      reply: ['right', 0],
      after: { ...spent, known: zset({ ...eight, away: now, new: now }, DAY) }
    },
    isJudged('where no source is told, nobody is known from then on', before, { source: '' })
  ]
})
