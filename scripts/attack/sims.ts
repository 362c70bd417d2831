import { phoneOf } from './numbers.ts'
import type { Figure } from './report.ts'
import { createTally } from './spray.ts'
import type { Target } from './target.ts'

const SIMS = 10
const ADDRESSES = 100
const SIGN_INS = 5_000
/** Accounts that may be lost in a day to an attacker with SIM cards. */
const MOST = 0.06
const PAUSE_SECONDS = 600

/** The attacker's own SIM cards sign in at every address, which makes it familiar; then the attacker spends every guess left. */
export async function simCards(target: Target): Promise<Figure[]> {
  const { strict } = target.config
  await target.keepSignIns(SIGN_INS)
  const addresses = Array.from({ length: ADDRESSES }, target.newAddress)
  const sims = Array.from({ length: SIMS }, (_, name) => ({ phone: phoneOf('77', name), device: '' }))
  let opened = 0
  // Each SIM has ten sends a day as a stranger, and ten more with its device token.
  for (let round = 0; round < (2 * ADDRESSES) / SIMS; round++) {
    for (const [place, sim] of sims.entries()) {
      const address = addresses[(round * SIMS + place) % ADDRESSES] ?? ''
      const token = round % 2 ? sim.device : undefined
      if ((await target.ask(sim.phone, address, token)).status !== 200) continue
      const reply = await target.verify(sim.phone, target.codeOf(sim.phone), address, token)
      if (reply.status === 200) opened++
      sim.device = reply.device_token ?? sim.device
    }
    await target.pass(1_000)
  }

  const tally = createTally(target)
  let prey = 0
  // Starts at few addresses, so that the guesses that make the service strict do not use up what each other address may do.
  const hidden = strict.failuresPerDay + (strict.failuresPercent / 100) * SIGN_INS
  for (let address = 0; tally.all.short < hidden && address < ADDRESSES; ) {
    const judged = await tally.guess(phoneOf('93', prey++), addresses[address] ?? '')
    if (!judged) address++
    if (tally.all.short % (strict.failuresPerTenMinutes - 2) === 0) await target.pass(PAUSE_SECONDS)
  }
  for (const address of addresses) {
    let isJudged = true
    while (isJudged) isJudged = await tally.guess(phoneOf('93', prey++), address)
  }
  const name = `${SIMS} SIM cards, ${ADDRESSES} addresses`
  return [
    { case: `${name}: sign-ins of their own`, measured: opened, note: 'for comparison' },
    { case: `${name}: short guesses in a day`, measured: tally.all.short, note: 'for comparison' },
    { case: `${name}: accounts expected`, measured: tally.accounts(), allowed: MOST }
  ]
}
