import { as, asAsker, DAY, guessesAt, HOUR, inRow, longCode, testGuesses } from './otp.ts'
import { ago, zset } from './table.ts'

const A_DAY = 7
/** As many as there are sends: one guess for each asker. */
const FOR_ASKERS = 3
const FOR_OTHERS = A_DAY - FOR_ASKERS
const HOURLY_IN_ROW = 12

testGuesses(
  {
    longFailuresPerDay: A_DAY,
    sendsPerDay: FOR_ASKERS,
    hourlyAfterFailures: HOURLY_IN_ROW,
    maxFailuresPerDay: 2,
    maxFailuresInRow: 2
  },
  (now) => {
    const { isJudged, waits } = guessesAt(now)
    const code = longCode()
    const second = longCode({ asker_guessed: 1 })
    /** The oldest 1000 seconds ago, the others at intervals of a hundred seconds. */
    const failures = (count: number) =>
      zset(ago(now, ...Array.from({ length: count }, (_, place) => 1_000 - 100 * place)), 500)
    const spentByAll = {
      device_long: failures(A_DAY),
      known_long: failures(A_DAY),
      familiar_long: failures(A_DAY),
      stranger_long: failures(A_DAY)
    }
    const row = (count: number, seconds: number) => inRow(now, count, seconds)
    return [
      // A day.
      ...(['stranger', 'familiar', 'known'] as const).flatMap((standing) => [
        isJudged(
          `a ${standing} has the guesses of a day that are not for askers, whatever all others have spent`,
          { code, ...spentByAll, [`${standing}_long`]: failures(FOR_OTHERS - 1) },
          as[standing]
        ),
        waits(
          `after them a ${standing} waits until the oldest is a day old`,
          DAY - 1_000,
          { code, [`${standing}_long`]: failures(FOR_OTHERS) },
          as[standing]
        )
      ]),
      isJudged(
        'a known device has all of a day, whatever all others have spent',
        { code, ...spentByAll, device_long: failures(A_DAY - 1) },
        as.device
      ),
      waits(
        'after them a known device waits',
        DAY - 1_000,
        { code, device_long: failures(A_DAY) },
        as.device
      ),
      isJudged(
        'the last of a day is for the first guess of who asked',
        { code, stranger_long: failures(A_DAY - 1) },
        asAsker
      ),
      waits(
        'when it is spent, who asked waits for the oldest',
        DAY - 1_000,
        { code, stranger_long: failures(A_DAY) },
        asAsker
      ),
      waits(
        'the second guess of who asked waits until there is one for all',
        DAY - 800,
        { code: second, stranger_long: failures(FOR_OTHERS + 2) },
        asAsker
      ),
      isJudged('a wrong guess of a day ago is forgotten', {
        code,
        stranger_long: zset(ago(now, DAY, 300, 200, 100), 500)
      }),
      waits('one a millisecond younger is not', 1, {
        code,
        stranger_long: zset(ago(now, DAY - 0.001, 300, 200, 100), 500)
      }),
      isJudged('what is spent of short codes, in a day or in a row, spends nothing of long ones', {
        code,
        short: failures(2),
        in_row: row(2, 0)
      }),

      // In a row.
      isJudged('fewer in a row need no wait', { code, in_row: row(HOURLY_IN_ROW - 1, 0) }),
      waits('so many in a row need an hour after the last', HOUR - 5, {
        code,
        in_row: row(HOURLY_IN_ROW, 5)
      }),
      waits('and so do more', HOUR, { code, in_row: row(HOURLY_IN_ROW + 9, 0) }),
      waits('a wait of a millisecond is told as a second', 1, {
        code,
        in_row: row(HOURLY_IN_ROW, HOUR - 0.001)
      }),
      isJudged('after an hour the next is judged', { code, in_row: row(HOURLY_IN_ROW, HOUR) }),
      waits('a known source waits for it too', HOUR, { code, in_row: row(HOURLY_IN_ROW, 0) }, as.known),
      isJudged('a known device does not', { code, in_row: row(HOURLY_IN_ROW, 0) }, as.device),
      isJudged('nor does the first guess of who asked', { code, in_row: row(HOURLY_IN_ROW, 0) }, asAsker),
      waits('their second does', HOUR, { code: second, in_row: row(HOURLY_IN_ROW, 0) }, asAsker),
      waits('of two waits the longer is told', DAY - 1_000, {
        code,
        in_row: row(HOURLY_IN_ROW, 0),
        stranger_long: failures(FOR_OTHERS)
      })
    ]
  }
)
