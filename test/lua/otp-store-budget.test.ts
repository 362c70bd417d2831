import { DAY, HOUR, sendsAt, shortCode, testSends } from './otp.ts'
import { ago, hash, zset } from './table.ts'

const AN_HOUR = 3
const A_DAY = 5

testSends({ sendsPerHour: AN_HOUR, sendsPerDay: A_DAY, resendSeconds: 5 }, (now) => {
  const { short, waits } = sendsAt(now)
  const sends = (...seconds: number[]) => ({ stranger_sends: zset(ago(now, ...seconds), 500) })
  const kept = { code: shortCode(), previous: shortCode({ digest: 'older' }) }
  return [
    short('the last of an hour is sent', 'stranger', sends(20, 10)),
    waits('after it the wait is for the oldest, and nothing changes', HOUR - 30, 'stranger', {
      ...kept,
      ...sends(30, 20, 10)
    }),
    short('a send of an hour ago is none of this hour, but one of the day', 'stranger', sends(HOUR, 20, 10)),
    waits('one a millisecond younger is', 1, 'stranger', sends(HOUR - 0.001, 20, 10)),
    short('the last of a day is sent', 'stranger', sends(8_000, 7_000, 6_000, 10)),
    waits('after it the wait is for the oldest of the day', DAY - 8_000, 'stranger', {
      ...kept,
      ...sends(8_000, 7_000, 6_000, 5_000, 10)
    }),
    {
      name: 'a send of a day ago is forgotten',
      before: sends(DAY, 7_000, 6_000, 5_000, 10),
      reply: ['short', 0],
      after: {
        code: hash({ send: 'mine', digest: 'short', long: 0, asker: 'away' }, 300),
        stranger_sends: zset({ ...ago(now, 7_000, 6_000, 5_000, 10), mine: now }, DAY)
      }
    },
    waits('one a millisecond younger is not', 1, 'stranger', sends(DAY - 0.001, 7_000, 6_000, 5_000, 10)),
    waits(
      'of two waits the longer is told: the hour',
      HOUR - 30,
      'stranger',
      sends(DAY - 10, 7_000, 30, 20, 10)
    ),
    waits(
      'of two waits the longer is told: the day',
      DAY - HOUR + 10,
      'stranger',
      sends(HOUR - 10, 300, 200, 100, 10)
    )
  ]
})
