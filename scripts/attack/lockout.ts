import { createGuesser } from './one-number.ts'
import { DAY, type Figure } from './report.ts'
import type { Target } from './target.ts'

const ATTACK_HOURS = [1, 24, 72]
const PATIENCE_SECONDS = 3 * DAY
const NEIGHBOUR = '+998901000010'
/** How long it takes for the SMS to arrive and be read; strangers go on meanwhile. */
const READING_SECONDS = 90

interface Victim {
  /** Has signed in before and kept the device token. */
  hasDevice?: boolean
  /** Signs in from an address it has signed in from before. */
  isHome?: boolean
  /** The strangers share the victim's address, as customers of one carrier do. */
  sharesAddress?: boolean
  /** Others have signed in from the victim's address, as happens behind a carrier's. */
  isCarrier?: boolean
}

interface Outcome {
  codes: number
  waited: number
}

/** Strangers request codes and guess for hours; then the victim tries to sign in while they go on. */
export async function lockout(target: Target): Promise<Figure[]> {
  return [
    ...bounded('known device, new address', await worst({ hasDevice: true })),
    ...bounded(
      'known device, strangers at its address',
      await worst({ hasDevice: true, isHome: true, sharesAddress: true })
    ),
    ...bounded('no device token, known address', await worst({ isHome: true })),
    ...bounded("first sign-in at a carrier's address", await worst({ isCarrier: true })),
    unbounded('first sign-in', await worst({}))
  ]

  function bounded(name: string, { codes, waited }: Outcome): Figure[] {
    const allowed = target.config.otp.resendSeconds
    return [
      { case: `locking out, ${name}: codes needed`, measured: codes, allowed: 1 },
      { case: `locking out, ${name}: seconds waited`, measured: waited, allowed }
    ]
  }

  function unbounded(name: string, { waited }: Outcome): Figure {
    const measured = waited < PATIENCE_SECONDS ? waited : `${PATIENCE_SECONDS}, then gave up`
    return {
      case: `locking out, ${name}: seconds waited`,
      measured,
      note: 'NOT BOUNDED: nobody knows who it is yet'
    }
  }

  async function worst(victim: Victim): Promise<Outcome> {
    const all: Outcome[] = []
    for (const hours of ATTACK_HOURS) {
      all.push(await attacked(victim, hours))
      await target.forget()
    }
    return {
      codes: Math.max(...all.map(({ codes }) => codes)),
      waited: Math.max(...all.map(({ waited }) => waited))
    }
  }

  async function attacked(victim: Victim, hours: number): Promise<Outcome> {
    const { hasDevice, isHome, sharesAddress, isCarrier } = victim
    const phone = '+998901000006'
    let address = target.newAddress()
    let deviceToken: string | undefined
    if (hasDevice || isHome) {
      await target.ask(phone, address)
      const reply = await target.verify(phone, target.codeOf(phone), address)
      if (hasDevice) deviceToken = reply.device_token
      await target.pass(target.config.otp.resendSeconds)
    }
    const { press } = createGuesser(target, phone, { asks: true, ...(sharesAddress && { address }) })
    if (!isHome) address = target.newAddress()
    await underAttack(hours * 3_600)
    if (isCarrier) {
      await target.ask(NEIGHBOUR, address)
      await target.verify(NEIGHBOUR, target.codeOf(NEIGHBOUR), address)
    }

    const signsIn = async () =>
      (await target.verify(phone, target.codeOf(phone), address, deviceToken)).status === 200
    let codes = 0
    let waited = 0
    while (waited < PATIENCE_SECONDS) {
      // Strangers always act a moment before the victim.
      await press()
      const reply = await target.ask(phone, address, deviceToken)
      if (reply.status === 200) {
        codes++
        await underAttack(READING_SECONDS)
      }
      // The SMS reaches the victim, also when the attacker requested the code.
      if (await signsIn()) break
      const wait = reply.retry_after ?? target.config.otp.resendSeconds
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
