import { anyPhone, phoneOf } from './numbers.ts'
import type { Figure } from './report.ts'
import type { Target } from './target.ts'

const NUMBERS = 10_000
const ADDRESSES = 1_000
const SIGN_INS = 5_000
const TYPOS = 500
const STEP_SECONDS = 1_200
const STEPS = 72
/** Honest sign-ins without a typo tell the guard nothing: one in so many is played. */
const PLAYED = 10

/** Accounts that may be expected to be lost while the service is strict. */
const MOST_WHILE_STRICT = 0.01

/** What the policy leaves to an attacker of the whole service in a day, in accounts. */
function allowance({ policy, config }: Target) {
  const { breaker, address } = policy
  const hidden = Math.max(breaker.day, (breaker.dayPercent / 100) * TYPOS) - TYPOS
  const accounts = ({ short, long }: Guesses) =>
    Number((short / 10 ** config.otp.length + long / 10 ** config.otp.longLength).toFixed(6))
  return { hidden, accounts, most: accounts({ short: hidden, long: ADDRESSES * address.failuresPerDay }) }
}

interface Guesses {
  short: number
  long: number
}

/** Guesses that were judged: in all, and those of them that were sent when the service was strict. */
function createTally(target: Target) {
  const all: Guesses = { short: 0, long: 0 }
  const whileStrict: Guesses = { short: 0, long: 0 }
  return { all, whileStrict, guess }

  async function guess(phone: string, address: string): Promise<void> {
    const isStrict = target.isStrict()
    const { kind } = await target.guess(phone, address)
    if (!kind) return
    all[kind]++
    if (isStrict) whileStrict[kind]++
  }
}

/** Collects a code for each number first, while nothing is strict, and then guesses at all of them at once. */
export async function burst(target: Target): Promise<Figure[]> {
  const { hidden, accounts, most } = allowance(target)
  await target.setUsual(TYPOS, SIGN_INS)
  const addresses = Array.from({ length: ADDRESSES }, target.newAddress)
  const prey = Array.from({ length: NUMBERS }, (_, i) => ({
    phone: anyPhone(i),
    address: addresses[i % ADDRESSES] ?? '',
    isShort: false
  }))
  await inParallel(prey, async (one) => {
    const { code_length } = await target.ask(one.phone, one.address)
    one.isShort = code_length === target.config.otp.length
  })
  let beforeStrict = 0
  const tally = createTally(target)
  // Each address fails a few times only: at short codes first.
  const worthIt = [...prey.filter(({ isShort }) => isShort), ...prey.filter(({ isShort }) => !isShort)]
  await inParallel(worthIt.slice(0, ADDRESSES * target.policy.address.failuresPerDay), async (one) => {
    if (!target.isStrict()) beforeStrict++
    await tally.guess(one.phone, one.address)
  })
  const name = `${NUMBERS} numbers, ${ADDRESSES} addresses, at once`
  return [
    { case: `${name}: guesses sent before strict mode`, measured: beforeStrict, note: 'for comparison' },
    { case: `${name}: short guesses`, measured: tally.all.short, allowed: hidden },
    { case: `${name}: accounts expected`, measured: accounts(tally.all), allowed: most },
    {
      case: `${name}: of them while strict`,
      measured: accounts(tally.whileStrict),
      allowed: MOST_WHILE_STRICT
    }
  ]
}

/** Stays below the breaker among honest sign-ins, for a day, at twice what it hides. */
export async function slow(target: Target): Promise<Figure[]> {
  const { hidden, accounts, most } = allowance(target)
  await target.setUsual(TYPOS, SIGN_INS)
  const addresses = Array.from({ length: ADDRESSES }, target.newAddress)
  const tally = createTally(target)
  const honest = { refused: 0, played: 0, next: 0 }
  let attacks = 0
  for (let step = 1; step <= STEPS; step++) {
    const upTo = (perDay: number) =>
      Math.floor((perDay * step) / STEPS) - Math.floor((perDay * (step - 1)) / STEPS)
    await inParallel(Array.from({ length: upTo(TYPOS) }), () => signIn(true))
    await inParallel(Array.from({ length: upTo((SIGN_INS - TYPOS) / PLAYED) }), () => signIn(false))
    for (let time = upTo(2 * hidden); time > 0; time--) await attack()
    await target.pass(STEP_SECONDS)
  }
  const name = `${NUMBERS} numbers, ${ADDRESSES} addresses, slowly`
  return [
    { case: `${name}: short guesses in 24 h`, measured: tally.all.short, note: 'for comparison' },
    { case: `${name}: accounts expected`, measured: accounts(tally.all), allowed: most },
    {
      case: `${name}: of them while strict`,
      measured: accounts(tally.whileStrict),
      allowed: MOST_WHILE_STRICT
    },
    { case: `${name}: honest sign-ins refused of ${honest.played}`, measured: honest.refused, allowed: 0 }
  ]

  async function attack(): Promise<void> {
    const phone = phoneOf('93', attacks % NUMBERS)
    const address = addresses[attacks++ % ADDRESSES] ?? ''
    await target.ask(phone, address)
    await tally.guess(phone, address)
  }

  async function signIn(withTypo: boolean): Promise<void> {
    const phone = phoneOf('94', honest.next++)
    const address = target.newAddress()
    honest.played++
    await target.ask(phone, address)
    if (withTypo) await target.verify(phone, target.wrongCodeOf(phone), address)
    if ((await target.verify(phone, target.codeOf(phone), address)).status !== 200) honest.refused++
  }
}

async function inParallel<T>(items: T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values()
  await Promise.all(
    Array.from({ length: 40 }, async () => {
      for (const item of queue) await work(item)
    })
  )
}
