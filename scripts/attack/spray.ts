import { anyPhone, phoneOf } from './numbers.ts'
import type { Figure } from './report.ts'
import type { Target } from './target.ts'

const NUMBERS = 10_000
const ADDRESSES = 1_000
const SIGN_INS = 5_000
const STEP_SECONDS = 1_200
const STEPS = 72
/** Honest people simulated per step: at addresses where they signed in, and first sign-ins, one in ten of which mistypes. */
const KNOWN = 5
const NEW = 10

/** Accounts that may be lost in a day to an attacker of the whole service, and how many of them while it is strict. */
export const MOST = 0.03
const MOST_WHILE_STRICT = 0.01
/** Guesses at short codes that the first edition allowed. */
const MOST_SHORT = 250

interface Guesses {
  short: number
  long: number
}

/** Counts the guesses that were judged: all of them, and those sent while the service was strict. */
export function createTally(target: Target) {
  const all: Guesses = { short: 0, long: 0 }
  const whileStrict: Guesses = { short: 0, long: 0 }
  const { length, longLength } = target.config.otp
  const accounts = ({ short, long }: Guesses) =>
    Number((short / 10 ** length + long / 10 ** longLength).toFixed(6))
  return { all, accounts: () => accounts(all), figures, guess }

  /** Requests a code and guesses at it. Returns whether the guess was judged. */
  async function guess(phone: string, address: string): Promise<boolean> {
    await target.ask(phone, address)
    const { kind, isStrict } = await target.guess(phone, address)
    if (!kind) return false
    all[kind]++
    if (isStrict) whileStrict[kind]++
    return true
  }

  function figures(name: string): Figure[] {
    return [
      { case: `${name}: short guesses`, measured: all.short, allowed: MOST_SHORT },
      { case: `${name}: accounts expected`, measured: accounts(all), allowed: MOST },
      {
        case: `${name}: of them while strict`,
        measured: accounts(whileStrict),
        allowed: MOST_WHILE_STRICT
      }
    ]
  }
}

/** Collects a code for each number while nothing is strict, guesses at all of them at once, and goes on with long codes. */
export async function burst(target: Target): Promise<Figure[]> {
  const addresses = Array.from({ length: ADDRESSES }, target.newAddress)
  return at(
    target,
    `${NUMBERS} numbers, ${ADDRESSES} addresses, at once`,
    (place) => addresses[place % ADDRESSES] ?? ''
  )
}

/** The same from an IPv6 /48, with a new source for each number. */
export async function burstOfNetwork(target: Target): Promise<Figure[]> {
  const name = `${NUMBERS} numbers, 65536 sources of one /48, at once`
  return at(target, name, (place) => `2001:db8:1:${(place % 65_536).toString(16)}::1`)
}

async function at(target: Target, name: string, addressOf: (place: number) => string): Promise<Figure[]> {
  await target.keepSignIns(SIGN_INS)
  const prey = Array.from({ length: NUMBERS }, (_, place) => ({
    phone: anyPhone(place),
    address: addressOf(place)
  }))
  await inParallel(prey, async ({ phone, address }) => {
    await target.ask(phone, address)
  })
  const tally = createTally(target)
  await inParallel(prey, async ({ phone, address }) => {
    await tally.guess(phone, address)
  })
  return tally.figures(name)
}

/** Guesses all day among honest people, at twice the rate that stays hidden, and at long codes while the service is strict. */
export async function slow(target: Target): Promise<Figure[]> {
  const { strict, otp } = target.config
  const hidden = strict.failuresPerDay + (strict.failuresPercent / 100) * SIGN_INS
  await target.keepSignIns(SIGN_INS)
  const addresses = Array.from({ length: ADDRESSES }, target.newAddress)
  const tally = createTally(target)
  const strangers = { refused: 0, played: 0, long: 0 }
  const familiar = { refused: 0, played: 0, long: 0 }
  let attacks = 0
  const homes = Array.from({ length: KNOWN * STEPS }, target.newAddress)
  for (const [place, home] of homes.entries()) await signIn(phoneOf('95', place), home, strangers)
  for (let step = 0; step < STEPS; step++) {
    const again = homes.slice(step * KNOWN, (step + 1) * KNOWN)
    for (const [place, home] of again.entries()) {
      await signIn(phoneOf('95', step * KNOWN + place), home, familiar, place === 0)
      // Another number at an address where someone has signed in.
      await signIn(phoneOf('98', step * KNOWN + place), home, familiar)
    }
    for (let place = 0; place < NEW; place++)
      await signIn(phoneOf('94', step * NEW + place), target.newAddress(), strangers, place === 0)
    for (let time = Math.ceil((2 * hidden) / STEPS); time > 0; time--) {
      await tally.guess(phoneOf('93', attacks % NUMBERS), addresses[attacks++ % ADDRESSES] ?? '')
    }
    await target.pass(STEP_SECONDS)
  }
  const name = `${NUMBERS} numbers, ${ADDRESSES} addresses, all day`
  return [
    ...tally.figures(name),
    {
      case: `${name}: familiar callers refused of ${familiar.played}`,
      measured: familiar.refused,
      allowed: 0
    },
    { case: `${name}: familiar callers with long codes`, measured: familiar.long, allowed: 0 },
    { case: `${name}: strangers refused of ${strangers.played}`, measured: strangers.refused, allowed: 0 },
    { case: `${name}: strangers with long codes`, measured: strangers.long, note: 'for comparison' }
  ]

  async function signIn(
    phone: string,
    address: string,
    people: { refused: number; played: number; long: number },
    withTypo = false
  ): Promise<void> {
    people.played++
    const { code_length: length } = await target.ask(phone, address)
    if (length === otp.longLength) people.long++
    if (withTypo) await target.verify(phone, target.wrongCodeOf(phone), address)
    if ((await target.verify(phone, target.codeOf(phone), address)).status !== 200) people.refused++
  }
}

export async function inParallel<T>(items: T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values()
  await Promise.all(
    Array.from({ length: 40 }, async () => {
      for (const item of queue) await work(item)
    })
  )
}
