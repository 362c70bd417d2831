import { DAY, inRow, sendsAt, shortCode, testSends } from './otp.ts'
import { ago, hash, zset } from './table.ts'

const LIFE = 300

testSends({ ttlSeconds: LIFE, resendSeconds: 60 }, (now) => {
  const { short } = sendsAt(now)
  const stored = hash({ send: 'mine', digest: 'short', long: 0, asker: 'away' }, LIFE)
  const sent = { code: stored, stranger_sends: zset({ mine: now }, DAY) }
  const guessed = shortCode({ guesses: 2, asker_guessed: 1 })
  return [
    short('the code of a stranger is for the source that asks', 'stranger'),
    short('so is that of a familiar one', 'familiar'),
    short('and that of a known source', 'known'),
    short('that of a known device is for the device, wherever it is', 'device', {}, { source: 'home' }),
    short('a device that is not known is its source', 'known', {}, { device: 'made up' }),
    {
      name: 'a send is stored and counted under its name',
      args: { send: 'another' },
      reply: ['short', 0],
      after: {
        code: hash({ send: 'another', digest: 'short', long: 0, asker: 'away' }, LIFE),
        stranger_sends: zset({ another: now }, DAY)
      }
    },
    {
      name: 'a change of number is asked for at no source',
      args: { source: '' },
      reply: ['short', 0],
      after: { ...sent, code: hash({ send: 'mine', digest: 'short', long: 0, asker: '' }, LIFE) }
    },
    {
      name: 'the code before it is kept aside with its guesses and its life, in place of the one before that',
      before: { code: guessed, previous: shortCode({ digest: 'older' }) },
      reply: ['short', 0],
      after: { ...sent, previous: guessed }
    },
    {
      name: 'when the code before it was used, none older is kept aside',
      before: { previous: shortCode({ digest: 'older' }), spent: shortCode({ by: 'guess' }) },
      reply: ['short', 0],
      after: { ...sent, previous: null }
    },
    {
      name: 'a new code refills nothing',
      before: {
        short: zset(ago(now, 30, 20, 10), 500),
        in_row: inRow(now, 9),
        stranger_long: zset(ago(now, 30, 20, 10), 500)
      },
      reply: ['short', 0],
      after: sent
    }
  ]
})
