import { anyPhone } from './numbers.ts'
import { DAY, type Figure, mostWithin } from './report.ts'
import type { Target } from './target.ts'

const HOUR = 3_600
const ADDRESSES = 100
const HOURS = 4
const STEP_SECONDS = 1_200
const NEIGHBOURS = 40

/** Requests SMS for their own sake: to one number again and again, and to new numbers from many addresses. */
export async function pumping(target: Target): Promise<Figure[]> {
  const one = await pumpOne()
  await target.forget()
  const neighbours = await pumpNeighbours()
  await target.forget()
  const { ofAddress, inAnHour, all } = await pumpAll()
  const { otp, address, sms } = target.config
  const name = `pumping from ${ADDRESSES} addresses`
  return [
    { case: 'pumping: SMS to one number in an hour', measured: one.hour, allowed: otp.sendsPerHour },
    { case: 'pumping: SMS to one number in 24 h', measured: one.day, allowed: otp.sendsPerDay },
    {
      case: 'pumping: SMS to numbers known at the address, in an hour',
      measured: neighbours,
      allowed: address.sendsPerHour
    },
    { case: `${name}: of one address in an hour`, measured: ofAddress, allowed: address.sendsPerHour },
    {
      case: `${name}: in an hour`,
      measured: inAnHour,
      allowed: Math.min(ADDRESSES * address.sendsPerHour, Math.ceil(sms.perHour / 3))
    },
    { case: `${name}: in ${HOURS} hours`, measured: all, note: 'for comparison' }
  ]

  async function pumpAll() {
    const sources = Array.from({ length: ADDRESSES }, () => ({
      address: target.newAddress(),
      moments: [] as number[]
    }))
    const moments: number[] = []
    let next = 0
    for (let step = 0; step < (HOURS * HOUR) / STEP_SECONDS; step++) {
      for (const source of sources) {
        while ((await target.ask(anyPhone(next++), source.address)).status === 200) {
          source.moments.push(target.now())
          moments.push(target.now())
        }
      }
      await target.pass(STEP_SECONDS)
    }
    return {
      ofAddress: Math.max(...sources.map((source) => mostWithin(HOUR, source.moments))),
      inAnHour: mostWithin(HOUR, moments),
      all: moments.length
    }
  }

  /** Pumps from a carrier's address, to its customers who signed in there the day before. */
  async function pumpNeighbours(): Promise<number> {
    const home = target.newAddress()
    const customers = Array.from({ length: NEIGHBOURS }, (_, name) => anyPhone(name))
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
