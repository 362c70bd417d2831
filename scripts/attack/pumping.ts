import { DAY, type Figure, mostWithin } from './report.ts'
import type { Target } from './target.ts'

const HOUR = 3_600
const PREFIXES = ['90', '91', '93', '94', '95', '97', '98', '99', '88', '33', '77', '50']
const NOT_YET = 'no limit yet (prefixes, money)'

/** SMS for the sake of SMS: new numbers of every operator, and each again and again. */
export async function pumping(target: Target): Promise<Figure[]> {
  const few = await pump(10)
  await target.forget()
  const many = await pump(200)
  await target.forget()
  const one = await pumpOne()
  const { number, address } = target.policy
  return [
    { case: 'pumping: SMS to one number in an hour', measured: one.hour, allowed: number.sendsPerHour },
    { case: 'pumping: SMS to one number in 24 h', measured: one.day, allowed: number.sendsPerDay },
    { case: 'pumping: SMS of one address in an hour', measured: many.most, allowed: address.sendsPerHour },
    {
      case: 'pumping: numbers of one address in an hour',
      measured: many.numbers,
      allowed: address.numbersPerHour
    },
    { case: 'pumping: SMS in an hour from 10 addresses', measured: few.all, note: NOT_YET },
    { case: 'pumping: SMS in an hour from 200 addresses', measured: many.all, note: NOT_YET }
  ]

  async function pump(addresses: number): Promise<{ all: number; most: number; numbers: number }> {
    const before = target.sent()
    const sent = Array.from({ length: addresses }, () => ({
      address: target.newAddress(),
      count: 0,
      phones: new Set<string>()
    }))
    let next = 0
    for (let round = 0; round < 4; round++) {
      for (const one of sent) {
        const known = [...one.phones]
        const fresh = Array.from({ length: PREFIXES.length }, () => {
          const name = next++
          return `+998${PREFIXES[name % PREFIXES.length]}${String(2_000_000 + name)}`
        })
        for (const phone of [...known, ...fresh]) {
          const { status } = await target.ask(phone, one.address)
          if (status !== 200) continue
          one.count++
          one.phones.add(phone)
        }
      }
      await target.pass(target.config.OTP_RESEND_SECONDS)
    }
    return {
      all: target.sent() - before,
      most: Math.max(...sent.map(({ count }) => count)),
      numbers: Math.max(...sent.map(({ phones }) => phones.size))
    }
  }

  async function pumpOne(): Promise<{ hour: number; day: number }> {
    const moments: number[] = []
    const end = target.now() + 2 * DAY * 1_000
    while (target.now() < end) {
      const { status, retry_after } = await target.ask('+998901000005', target.newAddress())
      if (status === 200) moments.push(target.now())
      await target.pass(Math.min(retry_after ?? target.config.OTP_RESEND_SECONDS, HOUR))
    }
    return { hour: mostWithin(HOUR, moments), day: mostWithin(DAY, moments) }
  }
}
