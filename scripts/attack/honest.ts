import { phoneOf } from './numbers.ts'
import type { Figure } from './report.ts'
import { hire } from './staff.ts'
import type { Target } from './target.ts'

const CROWD = 400
/** So many of them are under way at the same time. */
const AT_ONCE = 10

/** People who did nothing wrong: how many of them a guard turns away is as much a figure as what it lets guessers do. */
export async function honest(target: Target): Promise<Figure[]> {
  return [
    ...(await crowd(target, 'a new address', 0)),
    ...(await crowd(target, 'a new address, a neighbour guesses at numbers of his own', 3)),
    await office(target)
  ]
}

/** Of a hundred 15 give up and 10 mistype; the others are in at their first try, with a short code. */
async function crowd(target: Target, where: string, neighbours: number): Promise<Figure[]> {
  const address = target.newAddress()
  const stats = { signedIn: 0, refused: 0, long: 0 }
  const ask = async (citizen: number) => {
    const { status, code_length: length } = await target.ask(phoneOf('95', citizen), address)
    if (status !== 200) stats.refused++
    if (length !== target.config.otp.length) stats.long++
  }
  const signIn = async (citizen: number) => {
    const phone = phoneOf('95', citizen)
    if ((citizen * 37) % 100 < 15) return
    if ((citizen * 37) % 10 === 5) await target.verify(phone, target.wrongCodeOf(phone), address)
    if ((await target.verify(phone, target.codeOf(phone), address)).status === 200) stats.signedIn++
    else stats.refused++
  }
  for (let first = 0; first < CROWD; first += AT_ONCE) {
    for (let own = 0; own < neighbours; own++) {
      const phone = phoneOf('97', own)
      await target.ask(phone, address)
      await target.verify(phone, target.wrongCodeOf(phone), address)
    }
    const citizens = Array.from({ length: AT_ONCE }, (_, place) => first + place)
    await Promise.all(citizens.map(ask))
    // People read their SMS at different moments.
    for (const citizen of citizens) await signIn(citizen)
    await target.pass(60)
  }
  await target.forget()
  const name = `${CROWD} at ${where}`
  // With a neighbour the service is strict, for it still counts guesses that their numbers have finished.
  const bound = neighbours > 0 ? { note: 'NOT YET BOUNDED' } : { allowed: Math.floor(CROWD / 100) }
  return [
    { case: `${name}: signed in`, measured: stats.signedIn, note: 'for comparison' },
    { case: `${name}: refused`, measured: stats.refused, ...bound },
    { case: `${name}: long codes`, measured: stats.long, ...bound }
  ]
}

/** A clerk at the usual desk, while passwords for the number are guessed from a thousand addresses. */
async function office(target: Target): Promise<Figure> {
  const { phone, password } = await hire(target.database, '+998901000008')
  const desk = target.newAddress()
  await target.login(phone, password, desk)
  let refused = 0
  for (let guess = 0; guess < 1_000; guess++) {
    await target.login(phone, 'not this one', target.newAddress())
    if (guess % 100 === 0 && (await target.login(phone, password, desk)).status !== 200) refused++
  }
  return { case: 'a clerk at the office during guessing: refused of 10', measured: refused, allowed: 0 }
}
