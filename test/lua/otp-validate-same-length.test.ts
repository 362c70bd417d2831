import { as, asAsker, DAY, guessesAt, longCode, testGuesses } from './otp.ts'
import { ago, zset } from './table.ts'

const SENDS_A_DAY = 3

// Where "long" codes are no longer, a guess at one is worth as much as any: only askers have one, for each send.
testGuesses({ length: 4, longLength: 4, sendsPerDay: SENDS_A_DAY, longFailuresPerDay: 20 }, (now) => {
  const { isJudged, waits } = guessesAt(now)
  const code = longCode()
  const two = zset(ago(now, 200, 100), 500)
  const three = zset(ago(now, 300, 200, 100), 500)
  return [
    isJudged('who asked has the first guess', { code, stranger_long: two }, asAsker),
    waits('as many times as codes are sent in a day', DAY - 300, { code, stranger_long: three }, asAsker),
    waits('who asked has no second guess', DAY, { code: longCode({ asker_guessed: 1 }) }, asAsker),
    ...(['stranger', 'familiar', 'known'] as const).map((standing) =>
      waits(`a ${standing} who has not asked has none`, DAY, { code }, as[standing])
    ),
    isJudged('a known device has as many, asked or not', { code, device_long: two }, as.device),
    waits('and no more', DAY - 300, { code, device_long: three }, as.device)
  ]
})
