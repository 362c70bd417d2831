import { as, asAsker, DAY, guessesAt, inRow, shortCode, testGuesses } from './otp.ts'
import { ago, zset } from './table.ts'

/** The last of these is for the asker's first guess, and for known devices. */
const A_DAY = 4
const IN_ROW = 6

testGuesses({ maxFailuresPerDay: A_DAY, maxFailuresInRow: IN_ROW }, (now) => {
  const { isJudged, isVoid } = guessesAt(now)
  const code = shortCode()
  const second = shortCode({ asker_guessed: 1 })
  const failures = (count: number) =>
    zset(ago(now, ...Array.from({ length: count }, (_, place) => 100 + place)), 500)
  const row = (count: number) => inRow(now, count, DAY)
  return [
    ...(['stranger', 'familiar', 'known'] as const).flatMap((standing) => [
      isJudged(
        `all but the last guess of a day are for a ${standing}`,
        { code, short: failures(A_DAY - 2) },
        as[standing]
      ),
      isVoid(
        `the last of a day is not for a ${standing}`,
        { code, short: failures(A_DAY - 1) },
        as[standing]
      ),
      isJudged(
        `all but the last in a row are for a ${standing}`,
        { code, in_row: row(IN_ROW - 2) },
        as[standing]
      ),
      isVoid(`the last in a row is not for a ${standing}`, { code, in_row: row(IN_ROW - 1) }, as[standing])
    ]),

    isJudged(
      'the last of a day is for the first guess of who asked',
      { code, short: failures(A_DAY - 1) },
      asAsker
    ),
    isVoid('not for their second', { code: second, short: failures(A_DAY - 1) }, asAsker),
    isVoid('when it is spent, not for their first', { code, short: failures(A_DAY) }, asAsker),
    isJudged(
      'the last of a day is for a known device, asked or not',
      { code, short: failures(A_DAY - 1) },
      as.device
    ),
    isVoid('when it is spent, not for a known device', { code, short: failures(A_DAY) }, as.device),

    isJudged(
      'the last in a row is for the first guess of who asked',
      { code, in_row: row(IN_ROW - 1) },
      asAsker
    ),
    isVoid('and not for their second', { code: second, in_row: row(IN_ROW - 1) }, asAsker),
    isVoid('nor, when it is spent, for their first', { code, in_row: row(IN_ROW) }, asAsker),
    isJudged(
      'the last in a row is for a known device, asked or not',
      { code, in_row: row(IN_ROW - 1) },
      as.device
    ),
    isVoid('nor, when it is spent, for a known device', { code, in_row: row(IN_ROW) }, as.device),

    isJudged('a wrong guess of a day ago is forgotten', { code, short: zset(ago(now, DAY, 300, 200), 500) }),
    isVoid('one a millisecond younger is not', { code, short: zset(ago(now, DAY - 0.001, 300, 200), 500) }),
    isJudged('wrong guesses at long codes spend none of these', { code, stranger_long: failures(A_DAY) }),
    isVoid(
      'no short code is worth a wait: the next one is long',
      { code, short: failures(A_DAY) },
      { wait: 70 }
    )
  ]
})
