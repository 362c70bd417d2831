import { DAY, type Figure, mostWithin } from './report.ts'
import type { Judged, Target } from './target.ts'

const HOUR = 3_600

interface Style {
  /** Requests codes, from a new address each time. */
  asks: boolean
  /** Waits for more guesses at a code before requesting the next one. */
  isPatient?: boolean
  /** Ignores long codes, so that the failures in a row come from short ones only. */
  shortOnly?: boolean
  /** Makes every call from this address, instead of a new one each time. */
  address?: string
}

/** Guesses codes for one number, whoever requested them, from an endless supply of addresses. */
export function createGuesser(
  target: Target,
  phone: string,
  { asks, isPatient, shortOnly, address: from }: Style
) {
  const nextAddress = () => from ?? target.newAddress()
  const { length: shortLength, resendSeconds, ttlSeconds } = target.config.otp
  const judged: Judged[] = []
  let opened = 0
  let asker = ''
  let worthWaitingUntil = 0
  const moments = (kind: 'short' | 'long') =>
    judged.filter((guess) => guess.kind === kind).map(({ at }) => at)
  return { press, moments, opened: () => opened }

  /** Does everything possible at this moment. Returns the shortest wait it was told (seconds), at most an hour. */
  async function press(): Promise<number> {
    const waits = [HOUR]
    if (asks && target.now() >= worthWaitingUntil) {
      const address = nextAddress()
      const { status, retry_after } = await target.ask(phone, address)
      if (status === 200) {
        asker = address
        if (isPatient) worthWaitingUntil = target.now() + ttlSeconds * 1_000
      }
      waits.push(retry_after ?? resendSeconds)
    }
    const { length } = target.codeOf(phone)
    if (length === 0 || (shortOnly && length > shortLength)) return Math.min(...waits)
    // Strangers guess first, because some guesses are reserved for the requester's first one.
    const before = waits.length
    while (await takes(nextAddress(), waits));
    if (asker) while (await takes(asker, waits));
    if (waits.length === before) worthWaitingUntil = 0
    return Math.min(...waits)
  }

  async function opens(address: string): Promise<void> {
    if ((await target.verify(phone, target.codeOf(phone), address)).status === 200) opened++
  }

  async function takes(address: string, waits: number[]): Promise<boolean> {
    const guess = await target.guess(phone, address)
    if (guess.reply.retry_after) waits.push(guess.reply.retry_after)
    if (guess.kind) judged.push(guess)
    // Where a guess is refused, the right code must be refused as well, or the counts mean nothing.
    else for (const place of [address, nextAddress()]) await opens(place)
    return guess.kind !== undefined
  }
}

/** The victim requests a code every hour and never uses it; strangers guess. */
export async function ownCodes(target: Target): Promise<Figure[]> {
  const { otp } = target.config
  const phone = '+998901000001'
  const guesser = createGuesser(target, phone, { asks: false })
  const start = target.now()
  for (let asked = Number.NEGATIVE_INFINITY; target.now() < start + DAY * 1_000; ) {
    if (target.now() - asked >= HOUR * 1_000 && (await target.ask(phone, '20.200.0.1')).status === 200)
      asked = target.now()
    await target.pass(Math.min(await guesser.press(), 600))
  }
  return [
    {
      case: 'one victim, own codes: short guesses in 24 h',
      measured: mostWithin(DAY, guesser.moments('short')),
      allowed: otp.maxFailuresPerDay - 1
    },
    {
      case: 'one victim, own codes: long guesses in 24 h',
      measured: mostWithin(DAY, guesser.moments('long')),
      allowed: otp.longFailuresPerDay - otp.sendsPerDay
    },
    { case: 'one victim, own codes: right codes taken when refused', measured: guesser.opened(), allowed: 0 }
  ]
}

/** The attacker requests codes as well: hurriedly, patiently, and for thirty days guessing only at short codes. */
export async function withResends(target: Target): Promise<Figure[]> {
  const { otp } = target.config
  const hurried = await attack('+998901000002', 3, {})
  const patient = await attack('+998901000003', 3, { isPatient: true })
  const enduring = await attack('+998901000004', 30, { isPatient: true, shortOnly: true })
  const all = [hurried, patient, enduring]
  const most = (count: (one: (typeof all)[number]) => number) => Math.max(...all.map(count))
  const name = 'one victim, resends'
  return [
    {
      case: `${name}: short guesses in 24 h`,
      measured: most(({ short }) => mostWithin(DAY, short)),
      allowed: otp.maxFailuresPerDay
    },
    {
      case: `${name}: long guesses in 24 h`,
      measured: most(({ long }) => mostWithin(DAY, long)),
      allowed: otp.longFailuresPerDay
    },
    {
      case: `${name}: guesses of any length in 3 days`,
      measured: Math.max(...[hurried, patient].map(({ short, long }) => short.length + long.length)),
      allowed: 3 * (otp.maxFailuresPerDay + otp.longFailuresPerDay)
    },
    {
      case: `${name}: short guesses in 30 days`,
      measured: enduring.short.length,
      allowed: otp.maxFailuresInRow
    },
    { case: `${name}: right codes taken when refused`, measured: most(({ opened }) => opened), allowed: 0 }
  ]

  async function attack(
    phone: string,
    days: number,
    style: Omit<Parameters<typeof createGuesser>[2], 'asks'>
  ) {
    const { press, moments, opened } = createGuesser(target, phone, { asks: true, ...style })
    const end = target.now() + days * DAY * 1_000
    while (target.now() < end) await target.pass(await press())
    return { short: moments('short'), long: moments('long'), opened: opened() }
  }
}
