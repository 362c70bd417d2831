import { phoneOf } from './numbers.ts'
import type { Figure } from './report.ts'
import { createTally } from './spray.ts'
import type { Target } from './target.ts'

const DAYS = 4
const ADDRESSES = 1_000
const SIGN_INS = 5_000
const STEP_SECONDS = 1_200
const STEPS_A_DAY = 72
/** Guesses at short codes that the first edition allowed in a day. */
const MOST = 250

/** Makes as many wrong guesses each day as the service tolerates without becoming strict. */
export async function patient(target: Target): Promise<Figure[]> {
  const { failuresPerDay, failuresPercent } = target.config.strict
  const most = failuresPerDay + (failuresPercent / 100) * SIGN_INS
  await target.keepSignIns(SIGN_INS)
  const addresses = Array.from({ length: ADDRESSES }, target.newAddress)
  const tally = createTally(target)
  let attacks = 0
  const perDay: number[] = []
  for (let day = 0; day < DAYS; day++) {
    const before = tally.all.short
    for (let step = 0; step < STEPS_A_DAY; step++) {
      for (; attacks < ((day * STEPS_A_DAY + step + 1) * most) / STEPS_A_DAY; attacks++)
        await tally.guess(phoneOf('97', attacks), addresses[attacks % ADDRESSES] ?? '')
      await target.pass(STEP_SECONDS)
    }
    perDay.push(tally.all.short - before)
  }
  return [
    {
      case: `patient, ${ADDRESSES} addresses: short guesses on the best of ${DAYS} days`,
      measured: Math.max(...perDay),
      allowed: MOST
    }
  ]
}
