import { createGuesser } from './one-number.ts'
import { DAY, type Figure } from './report.ts'
import type { Target } from './target.ts'

const ATTACK_HOURS = [1, 24, 72]
const PATIENCE_SECONDS = 3 * DAY

/** Strangers ask for codes and guess for hours; then the victim wants to sign in, and they go on. */
export async function lockout(target: Target): Promise<Figure[]> {
  const known = await worst(true)
  const unknown = await worst(false)
  const name = 'locking a victim out'
  return [
    { case: `${name}, known address: codes needed`, measured: known.codes, allowed: 1 },
    {
      case: `${name}, known address: seconds waited`,
      measured: known.waited,
      allowed: target.config.OTP_RESEND_SECONDS
    },
    {
      case: `${name}, new address: seconds waited`,
      measured: unknown.waited < PATIENCE_SECONDS ? unknown.waited : `${PATIENCE_SECONDS}, then gave up`,
      note: unknown.waited > target.config.OTP_RESEND_SECONDS ? 'KNOWN HOLE: as long as they go on' : 'ok'
    }
  ]

  async function worst(isKnown: boolean): Promise<{ codes: number; waited: number }> {
    const all: { codes: number; waited: number }[] = []
    for (const hours of ATTACK_HOURS) {
      all.push(await attacked(isKnown, hours))
      await target.forget()
    }
    return {
      codes: Math.max(...all.map(({ codes }) => codes)),
      waited: Math.max(...all.map(({ waited }) => waited))
    }
  }

  async function attacked(isKnown: boolean, hours: number): Promise<{ codes: number; waited: number }> {
    const phone = '+998901000006'
    const home = target.newAddress()
    if (isKnown) {
      await target.ask(phone, home)
      await target.verify(phone, target.codeOf(phone), home)
      await target.pass(target.config.OTP_RESEND_SECONDS)
    }
    const { press } = createGuesser(target, phone, { asks: true })
    await underAttack(hours * 3_600)

    let codes = 0
    let waited = 0
    while (waited < PATIENCE_SECONDS) {
      // Strangers are always a moment earlier.
      await press()
      let reply = await target.ask(phone, home)
      if (reply.status === 200) {
        codes++
        await press()
        reply = await target.verify(phone, target.codeOf(phone), home)
        if (reply.status === 200) break
      } else if ((await target.verify(phone, target.codeOf(phone), home)).status === 200) {
        // The SMS that a stranger asked for came to the victim.
        break
      }
      const wait = reply.retry_after ?? target.config.OTP_RESEND_SECONDS
      waited += wait
      await underAttack(wait)
    }
    return { codes, waited }

    async function underAttack(seconds: number): Promise<void> {
      for (let left = seconds; left > 0; ) {
        const step = Math.min(left, await press())
        await target.pass(step)
        left -= step
      }
    }
  }
}
