import { as, asAsker, guessesAt, inRow, shortCode, testGuesses } from './otp.ts'

const GUESSES = 3

testGuesses({ maxAttempts: GUESSES, hourlyAfterFailures: 1 }, (now) => {
  const { isJudged, isVoid } = guessesAt(now)
  const burned = shortCode({ guesses: GUESSES })
  return [
    isJudged('the last guess at a code is judged', { code: shortCode({ guesses: GUESSES - 1 }) }),
    isVoid('after it the code is void for strangers', { code: burned }),
    isVoid('for who signed in from there', { code: burned }, as.known),
    isVoid('and for a known device that has not asked for it', { code: burned }, as.device),
    isJudged('who asked for it has one guess more', { code: burned }, asAsker),
    isVoid('and no second one', { code: shortCode({ guesses: GUESSES + 1, asker_guessed: 1 }) }, asAsker),
    isVoid(
      'who asked has no guess left when their first was one of those',
      { code: shortCode({ guesses: GUESSES, asker_guessed: 1 }) },
      asAsker
    ),
    isVoid(
      'where no code is, nobody is told to wait for one',
      { in_row: inRow(now, 1) },
      { wait: 70, is_strict: 1, strict_wait: 90 }
    )
  ]
})
