import { as, asAsker, DAY, guessesAt, shortCode, testGuesses } from './otp.ts'
import { zset } from './table.ts'

/** Others have used up the allowance of the address. */
const held = { wait: 70 }

testGuesses({ knownDays: 1 }, (now) => {
  const { isJudged, waits } = guessesAt(now)
  const code = shortCode()
  return [
    ...(['stranger', 'familiar', 'known'] as const).map((standing) =>
      waits(
        `a ${standing} waits for what others did at the address`,
        70,
        { code },
        { ...held, ...as[standing] }
      )
    ),
    isJudged('a known device does not, asked or not', { code }, { ...held, ...as.device }),
    isJudged(
      'a device is known for so many days',
      { code, known: zset({ phone: now - DAY * 1_000 + 1 }, 50) },
      { ...held, ...as.device }
    ),
    waits(
      'and a millisecond later it is not',
      70,
      { code, known: zset({ phone: now - DAY * 1_000 }, 50) },
      { ...held, ...as.device }
    ),

    isJudged('the first guess of who asked waits for nobody', { code }, { ...held, ...asAsker }),
    isJudged(
      'however many others have guessed before',
      { code: shortCode({ guesses: 9 }) },
      { ...held, ...asAsker }
    ),
    waits('their second waits', 70, { code: shortCode({ asker_guessed: 1 }) }, { ...held, ...asAsker }),
    isJudged(
      'who asked with a device is who brings it, from wherever, also when it was forgotten since',
      { code: shortCode({ asker: 'lost' }) },
      { ...held, device: 'lost' }
    ),
    waits(
      'who shares the source of a device has not asked for its code',
      70,
      { code: shortCode({ asker: 'phone' }) },
      { ...held, ...as.known }
    ),
    waits(
      'where no source is told, nobody has asked',
      70,
      { code: shortCode({ asker: '' }) },
      { ...held, source: '' }
    )
  ]
})
