import { HOUR, sendsAt, shortCode, testSends } from './otp.ts'
import { ago, zset } from './table.ts'

// Where no longer codes exist, waiting takes their place.
testSends({ length: 4, longLength: 4, maxFailuresPerDay: 3, sendsPerHour: 2, resendSeconds: 60 }, (now) => {
  const { short, long, cooldown, waits } = sendsAt(now)
  const longFor = { long_for: 70 }
  const spent = { stranger_sends: zset(ago(now, 200, 100), 500) }
  return [
    ...(['familiar', 'stranger'] as const).map((standing) =>
      waits(
        `where too much was guessed at the address, a ${standing} one waits, and nothing changes`,
        70,
        standing,
        { code: shortCode(), previous: shortCode({ digest: 'older' }) },
        longFor
      )
    ),
    ...(['device', 'known'] as const).map((standing) =>
      short(`a ${standing} one does not`, standing, {}, longFor)
    ),
    waits('of two waits the longer is told', HOUR - 200, 'stranger', spent, longFor),
    waits('whichever that is', HOUR, 'stranger', spent, { long_for: HOUR }),
    cooldown(
      'the cooldown is told before it',
      50,
      'stranger',
      { stranger_sends: zset(ago(now, 10), 500) },
      longFor
    ),
    short('where nothing was guessed, nobody waits', 'stranger'),
    long('when others have no short guess left, the code is one for who asks, and nobody waits', 'stranger', {
      short: zset(ago(now, 20, 10), 500)
    })
  ]
})
