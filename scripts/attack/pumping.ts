import { anyPhone, PREFIXES } from './numbers.ts'
import { DAY, type Figure, mostWithin } from './report.ts'
import type { Target } from './target.ts'

const HOUR = 3_600
const ADDRESSES = 100
const HOURS = 4
const STEP_SECONDS = 1_200
/** An operator's wait is not longer; an address waits until its hour is over. */
const LONGEST_OF_PREFIX = 300

/** SMS for the sake of SMS: one number again and again, and new numbers of every operator from many addresses. */
export async function pumping(target: Target): Promise<Figure[]> {
  const one = await pumpOne()
  await target.forget()
  const neighbours = await pumpNeighbours()
  await target.forget()
  const { ofAddress, numbersOfAddress, ofPrefix, all } = await pumpAll()
  const { number, address, sms } = target.policy
  const name = `pumping from ${ADDRESSES} addresses`
  return [
    { case: 'pumping: SMS to one number in an hour', measured: one.hour, allowed: number.sendsPerHour },
    { case: 'pumping: SMS to one number in 24 h', measured: one.day, allowed: number.sendsPerDay },
    {
      case: 'pumping: SMS to numbers known at the address, in an hour',
      measured: neighbours,
      allowed: address.sendsPerHour
    },
    { case: `${name}: of one address in an hour`, measured: ofAddress, allowed: address.sendsPerHour },
    {
      case: `${name}: numbers of one address in an hour`,
      measured: numbersOfAddress,
      allowed: address.sendsPerHour
    },
    { case: `${name}: to one prefix in an hour`, measured: ofPrefix[0] ?? 0, allowed: sms.prefixPerHour },
    {
      case: `${name}: to one prefix in an hour once it shows`,
      measured: Math.max(...ofPrefix.slice(1)),
      allowed: sms.unusedPerHour
    },
    { case: `${name}: in ${HOURS} hours`, measured: all, note: 'for comparison' }
  ]

  async function pumpAll() {
    const sources = Array.from({ length: ADDRESSES }, () => ({
      address: target.newAddress(),
      moments: [] as number[],
      phones: new Map<string, number>()
    }))
    const ofPrefix: number[] = []
    let next = 0
    let all = 0
    for (let hour = 0; hour < HOURS; hour++) {
      const sent = new Map<string, number>()
      for (let step = 0; step < HOUR / STEP_SECONDS; step++) {
        for (const source of sources) await askUntilRefused(source, sent)
        await target.pass(STEP_SECONDS)
      }
      ofPrefix.push(Math.max(...sent.values(), 0))
    }
    return {
      all,
      ofPrefix,
      ofAddress: Math.max(...sources.map(({ moments }) => mostWithin(HOUR, moments))),
      numbersOfAddress: Math.max(...sources.map(({ phones }) => mostWithin(HOUR, [...phones.values()])))
    }

    /** New numbers first, then once more those that it has asked for. */
    async function askUntilRefused(
      source: (typeof sources)[number],
      sent: Map<string, number>
    ): Promise<void> {
      // Each operator waits by itself.
      const operators = new Set(PREFIXES.map((prefix) => `+998${prefix}`))
      while (operators.size > 0) {
        const phone = anyPhone(next++)
        if (!operators.has(prefixOf(phone))) continue
        const wait = await ask(phone)
        if (wait > LONGEST_OF_PREFIX) break
        if (wait > 0) operators.delete(prefixOf(phone))
      }
      for (const phone of [...source.phones.keys()].slice(-10)) {
        if (operators.has(prefixOf(phone)) && (await ask(phone)) > LONGEST_OF_PREFIX) break
      }

      async function ask(phone: string): Promise<number> {
        const { status, retry_after } = await target.ask(phone, source.address)
        if (status !== 200) return retry_after ?? LONGEST_OF_PREFIX
        source.moments.push(target.now())
        if (!source.phones.has(phone)) source.phones.set(phone, target.now())
        sent.set(prefixOf(phone), (sent.get(prefixOf(phone)) ?? 0) + 1)
        all++
        return 0
      }
    }
  }

  /** From a carrier's address, to its customers who signed in there the day before. */
  async function pumpNeighbours(): Promise<number> {
    const home = target.newAddress()
    const customers = Array.from({ length: 40 }, (_, name) => anyPhone(name))
    for (const phone of customers) {
      await target.ask(phone, home)
      await target.verify(phone, target.codeOf(phone), home)
    }
    await target.pass(DAY)
    let sent = 0
    for (const phone of [...customers, ...customers])
      if ((await target.ask(phone, home)).status === 200) sent++
    return sent
  }

  async function pumpOne(): Promise<{ hour: number; day: number }> {
    const moments: number[] = []
    const end = target.now() + 2 * DAY * 1_000
    while (target.now() < end) {
      const { status, retry_after } = await target.ask('+998901000005', target.newAddress())
      if (status === 200) moments.push(target.now())
      await target.pass(Math.min(retry_after ?? target.config.otp.resendSeconds, HOUR))
    }
    return { hour: mostWithin(HOUR, moments), day: mostWithin(DAY, moments) }
  }
}

const prefixOf = (phone: string) => phone.slice(0, -7)
