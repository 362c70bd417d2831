import { DAY, sendsAt, shortCode, testSends } from './otp.ts'
import { zset } from './table.ts'

/** Others have used up the allowance of the address. */
const held = { wait: 70 }
/** The service has few SMS left. */
const low = { stranger_wait: 80 }

testSends({ knownDays: 1, sendsPerHour: 1, resendSeconds: 60 }, (now) => {
  const { short, waits } = sendsAt(now)
  const standings = ['device', 'known', 'familiar', 'stranger'] as const
  const before = { code: shortCode(), previous: shortCode({ digest: 'older' }) }
  const oneSpent = zset({ theirs: now - 1_000_000 }, 500)
  const known = (name: string, milliseconds: number) => ({
    known: zset({ [name]: now - DAY * 1_000 + milliseconds }, 50)
  })
  const waitsAsStranger = (name: string, before: Parameters<typeof waits>[3], args: typeof low) => ({
    ...waits(name, 80, 'stranger', before, args),
    reply: ['stranger', 80]
  })
  return [
    // Callers who wait because of others.
    ...(['known', 'familiar', 'stranger'] as const).map((standing) =>
      waits(
        `a ${standing} one waits for what others did at the address, and nothing changes`,
        70,
        standing,
        before,
        held
      )
    ),
    short('a known device does not, wherever it is', 'device', {}, { ...held, source: 'home' }),
    waitsAsStranger(
      'a stranger waits while the SMS are low, and is told so, and nothing changes',
      before,
      low
    ),
    ...(['familiar', 'known', 'device'] as const).map((standing) =>
      short(`a ${standing} one does not`, standing, {}, low)
    ),
    waits('of two waits a stranger is told the longer', 80, 'stranger', {}, { ...held, ...low }),
    waits('whichever that is', 90, 'stranger', {}, { ...low, wait: 90 }),
    waits('a familiar one is told only their own', 70, 'familiar', {}, { ...held, ...low }),
    waits(
      'a wait is told before the cooldown',
      70,
      'stranger',
      { stranger_sends: zset({ theirs: now }, 500) },
      held
    ),

    // Who has which standing.
    short('a device is known for so many days', 'device', known('phone', 1), held),
    waits('and a millisecond later it is not', 70, 'device', known('phone', 0), held),
    short('a source is known for so many days', 'known', known('home', 1), low),
    {
      ...waits('and a millisecond later it is not, either', 80, 'known', known('home', 0), low),
      reply: ['stranger', 80]
    },
    short('who is familiar at a known source is known', 'known', {}, { ...low, otherwise: 'familiar' }),

    // The allowance of each standing.
    ...standings.map((standing) => {
      const others = standings.filter((other) => other !== standing)
      const spent = Object.fromEntries(others.map((other) => [`${other}_sends`, oneSpent]))
      return short(`the sends of a ${standing} one are not spent by any other`, standing, spent)
    }),
    ...standings.map((standing) =>
      waits(`a ${standing} one can spend its own`, 2_600, standing, { [`${standing}_sends`]: oneSpent })
    )
  ]
})
