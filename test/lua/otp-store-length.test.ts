import { DAY, inRow, sendsAt, testSends } from './otp.ts'
import { ago, zset } from './table.ts'

/** Of both, callers other than the asker and known devices get one less: then codes are long. */
const A_DAY = 4
const IN_ROW = 6
const standings = ['device', 'known', 'familiar', 'stranger'] as const

testSends({ maxFailuresPerDay: A_DAY, maxFailuresInRow: IN_ROW }, (now) => {
  const { short, long } = sendsAt(now)
  const failures = (...seconds: number[]) => ({ short: zset(ago(now, ...seconds), 500) })
  return [
    short('while others have a short guess left in the day, the code is short', 'stranger', failures(20, 10)),
    ...standings.map((standing) =>
      long(`when they have none, the code of a ${standing} one is long`, standing, failures(30, 20, 10))
    ),
    long('and when more were made', 'stranger', failures(50, 40, 30, 20, 10)),
    short('a wrong guess of a day ago makes no code long', 'stranger', failures(DAY, 20, 10)),
    long('one a millisecond younger does', 'stranger', failures(DAY - 0.001, 20, 10)),
    short('while others have one left in a row, the code is short', 'stranger', {
      in_row: inRow(now, IN_ROW - 2)
    }),
    ...standings.map((standing) =>
      long(`when they have none, however long ago, that of a ${standing} one is long`, standing, {
        in_row: inRow(now, IN_ROW - 1, 9 * DAY)
      })
    ),
    long('and when more in a row were made', 'stranger', { in_row: inRow(now, IN_ROW) }),
    short('wrong guesses at long codes make no code long', 'stranger', {
      stranger_long: zset(ago(now, 50, 40, 30, 20, 10), 500)
    }),

    ...(['familiar', 'stranger'] as const).map((standing) =>
      long(
        `where too much was guessed at the address, the code of a ${standing} one is long`,
        standing,
        {},
        {
          long_for: 1
        }
      )
    ),
    ...(['device', 'known'] as const).map((standing) =>
      short(`that of a ${standing} one is not`, standing, {}, { long_for: 1 })
    )
  ]
})
