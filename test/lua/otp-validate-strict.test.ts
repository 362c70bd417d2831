import { as, asAsker, DAY, guessesAt, longCode, shortCode, testGuesses } from './otp.ts'
import { zset } from './table.ts'

const strict = { is_strict: 1 }
/** At an address that has used up the guesses of strict mode twice. */
const stricter = { is_strict: 1, strict_wait: 90 }

testGuesses({ knownDays: 1 }, (now) => {
  const { isJudged, isVoid, waits } = guessesAt(now)
  const short = shortCode()
  const long = longCode()
  return [
    ...(['stranger', 'familiar'] as const).flatMap((standing) => [
      isVoid(
        `in strict mode a short code is void for a ${standing}`,
        { code: short },
        { ...strict, ...as[standing] }
      ),
      isJudged(`a long one is judged for a ${standing}`, { code: long }, { ...strict, ...as[standing] }),
      waits(
        `a ${standing} waits where too many guesses were made`,
        90,
        { code: long },
        { ...stricter, ...as[standing] }
      )
    ]),
    isVoid(
      'in strict mode a short code is void for who asked too: it was collected',
      { code: short },
      { ...strict, ...asAsker }
    ),
    isJudged('a long one is judged for who asked', { code: long }, { ...strict, ...asAsker }),
    waits(
      'also the first guess of who asked waits where too many were made',
      90,
      { code: long },
      { ...stricter, ...asAsker }
    ),
    waits('and for what others did at the address', 70, { code: long }, { ...strict, ...asAsker, wait: 70 }),
    waits('of two waits the longer is told', 90, { code: long }, { ...stricter, wait: 70 }),
    isVoid('a short code is void, not waited for', { code: short }, { ...stricter, wait: 70 }),

    ...(['known', 'device'] as const).map((standing) =>
      isJudged(
        `strict mode is nothing to a ${standing} one of the number`,
        { code: short },
        { ...stricter, ...as[standing] }
      )
    ),
    isJudged(
      'a source is known for so many days',
      { code: short, known: zset({ home: now - DAY * 1_000 + 1 }, 50) },
      { ...strict, ...as.known }
    ),
    isVoid(
      'and a millisecond later it is not',
      { code: short, known: zset({ home: now - DAY * 1_000 }, 50) },
      { ...strict, ...as.known }
    )
  ]
})
