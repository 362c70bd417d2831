import { phoneOf } from './numbers.ts'
import type { Figure } from './report.ts'
import type { Target } from './target.ts'

const DAYS = 8
const ADDRESSES = 1_000
const SIGN_INS = 5_000
const TYPOS = 500
const STEP_SECONDS = 1_200
const STEPS_AN_HOUR = 3

/**
 * Each day as many failed guesses as are just not seen: tomorrow they are part of what is usual, as far as the sign-ins
 * let them be.
 */
export async function patient(target: Target): Promise<Figure[]> {
  const { breaker } = target.policy
  await target.setUsual(TYPOS, SIGN_INS)
  const addresses = Array.from({ length: ADDRESSES }, target.newAddress)
  const hours = Array.from({ length: 192 }, () => TYPOS / 24)
  const sum = (from: number, upTo?: number) =>
    hours.slice(from, upTo).reduce((total, count) => total + count, 0)
  let attacks = 0
  let judged = 0
  const perDay: number[] = []
  let strictSteps = 0
  for (let hour = 0; hour < DAYS * 24; hour++) {
    const usual = Math.min(sum(-191, -23) / 7, (breaker.usualPercent / 100) * SIGN_INS)
    const most = Math.max(breaker.day, (breaker.dayPercent / 100) * usual)
    // A little less, for hours do not begin when ours do, and never more than ten minutes allow.
    const unseen = Math.min(most * 0.97 - sum(-23), (breaker.tenMinutes - 1) * STEPS_AN_HOUR)
    const room = Math.max(0, unseen - TYPOS / 24)
    hours.push(TYPOS / 24 + room)
    for (let step = hour * STEPS_AN_HOUR; step < (hour + 1) * STEPS_AN_HOUR; step++) {
      const upTo = (anHour: number) =>
        Math.floor(((step + 1) * anHour) / STEPS_AN_HOUR) - Math.floor((step * anHour) / STEPS_AN_HOUR)
      await target.addHonest(upTo(TYPOS / 24), upTo(SIGN_INS / 24))
      for (let time = upTo(room); time > 0; time--) await attack()
      if (target.isStrict()) strictSteps++
      await target.pass(STEP_SECONDS)
    }
    if (hour % 24 === 23) {
      perDay.push(judged)
      judged = 0
    }
  }
  return [
    {
      case: `patient, ${ADDRESSES} addresses: short guesses on the best of ${DAYS} days`,
      measured: Math.max(...perDay),
      allowed: Math.max(breaker.day, (breaker.dayPercent / 100) * TYPOS) - TYPOS
    },
    {
      case: `patient, ${ADDRESSES} addresses: minutes of strict mode`,
      measured: (strictSteps * STEP_SECONDS) / 60,
      note: 'for comparison'
    }
  ]

  async function attack(): Promise<void> {
    const phone = phoneOf('97', attacks)
    const address = addresses[attacks++ % ADDRESSES] ?? ''
    await target.ask(phone, address)
    const { kind } = await target.guess(phone, address)
    if (kind === 'short') judged++
  }
}
