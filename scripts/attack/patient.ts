import type { Figure } from './report.ts'
import type { Target } from './target.ts'

const DAYS = 8
const ADDRESSES = 1_000
const TYPOS = 500
const STEP_SECONDS = 1_200
const STEPS_AN_HOUR = 3

/**
 * Each day as many failed guesses as are just not seen: tomorrow they are part of what is usual. Until the last day there
 * is not even a code to guess at, so that nothing is sent.
 */
export async function patient(target: Target): Promise<Figure[]> {
  const { breaker } = target.policy
  await target.setUsual(TYPOS)
  const addresses = Array.from({ length: ADDRESSES }, target.newAddress)
  const hours = Array.from({ length: 192 }, () => TYPOS / 24)
  const sum = (from: number, upTo?: number) =>
    hours.slice(from, upTo).reduce((total, count) => total + count, 0)
  let attacks = 0
  let judged = 0
  let strictSteps = 0
  for (let hour = 0; hour < DAYS * 24; hour++) {
    const most = Math.max(breaker.day, (breaker.dayPercent / 100) * (sum(-191, -23) / 7))
    // A little less, for hours do not begin when ours do, and never more than ten minutes allow.
    const unseen = Math.min(most * 0.97 - sum(-23), (breaker.tenMinutes - 1) * STEPS_AN_HOUR)
    const room = Math.max(0, unseen - TYPOS / 24)
    hours.push(TYPOS / 24 + room)
    for (let step = hour * STEPS_AN_HOUR; step < (hour + 1) * STEPS_AN_HOUR; step++) {
      const upTo = (anHour: number) =>
        Math.floor(((step + 1) * anHour) / STEPS_AN_HOUR) - Math.floor((step * anHour) / STEPS_AN_HOUR)
      for (let time = upTo(TYPOS / 24); time > 0; time--)
        await target.verify(phoneOf(99, attacks), '0000', target.newAddress())
      for (let time = upTo(room); time > 0; time--) await attack(hour >= (DAYS - 1) * 24)
      if (target.isStrict()) strictSteps++
      await target.pass(STEP_SECONDS)
    }
  }
  const allowed = Math.max(breaker.day, (breaker.dayPercent / 100) * TYPOS) - TYPOS
  return [
    {
      case: `patient, ${ADDRESSES} addresses: short guesses on day ${DAYS}`,
      measured: judged,
      note: judged > allowed ? `KNOWN HOLE: more than ${allowed}, and more each day` : 'ok'
    },
    {
      case: `patient, ${ADDRESSES} addresses: minutes of strict mode`,
      measured: (strictSteps * STEP_SECONDS) / 60,
      note: 'for comparison'
    }
  ]

  async function attack(isLastDay: boolean): Promise<void> {
    const phone = phoneOf(97, attacks)
    const address = addresses[attacks++ % ADDRESSES] ?? ''
    if (isLastDay) await target.ask(phone, address)
    const { kind } = await target.guess(phone, address)
    if (kind === 'short') judged++
  }
}

const phoneOf = (prefix: number, name: number) => `+998${prefix}${String(name).padStart(7, '0')}`
