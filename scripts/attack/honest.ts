import { phoneOf } from './numbers.ts'
import type { Figure } from './report.ts'
import { inParallel } from './spray.ts'
import { hire } from './staff.ts'
import { SOLVED, type Target } from './target.ts'

const CROWD = 400
/** How many people of a crowd are active at the same time. */
const AT_ONCE = 10
const LAUNCH = 10_000
const MINUTES = 60
const NEIGHBOURS_NUMBERS = 3
const SOURCES = 65_536
const PEOPLE = 100
/** The share of people who may be refused, or get a long code. */
const MOST = 0.01

/** Honest people: how many of them the guard turns away matters as much as what it lets guessers do. */
export async function crowds(target: Target): Promise<Figure[]> {
  return [
    ...(await crowd(target, 'a new address', {})),
    ...(await crowd(target, 'a new address, Redis loses its memory', { losesMemory: true })),
    ...(await crowd(target, 'a new address, a neighbour guesses and asks without pause', {
      neighbour: true
    })),
    await lateGateway(target),
    await office(target)
  ]
}

/** Honest people while someone requests codes and never uses them. */
export async function pumped(target: Target): Promise<Figure[]> {
  return [
    ...(await beside(target, 'one /48', (place) => `2001:db8:2:${(place % SOURCES).toString(16)}::1`, 2_000)),
    ...(await beside(target, 'anywhere', target.newAddress, Math.ceil(target.config.sms.perHour / 3) + 500))
  ]
}

interface People {
  signedIn: number
  refused: number
  long: number
}

function figures(name: string, { signedIn, refused, long }: People, all: number): Figure[] {
  const allowed = Math.floor(all * MOST)
  return [
    { case: `${name}: signed in`, measured: signedIn, note: 'for comparison' },
    { case: `${name}: refused`, measured: refused, allowed },
    { case: `${name}: long codes`, measured: long, allowed }
  ]
}

async function signIn(target: Target, phone: string, address: string, people: People) {
  await ask(target, phone, address, people)
  await enter(target, phone, address, people, false)
}

async function ask(target: Target, phone: string, address: string, people: People, captcha?: string) {
  const { status, code_length: length = 0 } = await target.ask(phone, address, undefined, captcha)
  if (status !== 200) people.refused++
  else if (length > target.config.otp.length) people.long++
}

async function enter(target: Target, phone: string, address: string, people: People, mistypes: boolean) {
  if (mistypes) await target.verify(phone, target.wrongCodeOf(phone), address)
  if ((await target.verify(phone, target.codeOf(phone), address)).status === 200) people.signedIn++
  else people.refused++
}

/** Of every hundred people 15 give up and 10 mistype; the others sign in at the first try, with a short code. */
async function crowd(
  target: Target,
  where: string,
  { neighbour, losesMemory }: { neighbour?: boolean; losesMemory?: boolean }
): Promise<Figure[]> {
  const address = target.newAddress()
  const people: People = { signedIn: 0, refused: 0, long: 0 }
  for (let first = 0; first < CROWD; first += AT_ONCE) {
    if (losesMemory && first === CROWD / 2) await target.forget()
    if (neighbour) await guessWithoutPause()
    const citizens = Array.from({ length: AT_ONCE }, (_, place) => first + place)
    await Promise.all(citizens.map((citizen) => ask(target, phoneOf('95', citizen), address, people)))
    // People read their SMS at different moments.
    for (const citizen of citizens) {
      if ((citizen * 37) % 100 < 15) continue
      await enter(target, phoneOf('95', citizen), address, people, (citizen * 37) % 10 === 5)
    }
    await target.pass(60)
  }
  await target.forget()
  return figures(`${CROWD} at ${where}`, people, CROWD)

  async function guessWithoutPause() {
    for (let own = 0; own < NEIGHBOURS_NUMBERS; own++) {
      const phone = phoneOf('97', own)
      await target.ask(phone, address)
      while ((await target.verify(phone, target.wrongCodeOf(phone), address)).attempts_left);
    }
  }
}

/** First sign-ins, each from its own address. One in ten mistypes; in each minute all of these do before any corrects it. */
export async function launch(target: Target): Promise<Figure[]> {
  const people: People = { signedIn: 0, refused: 0, long: 0 }
  const citizens = Array.from({ length: LAUNCH }, (_, citizen) => ({
    phone: phoneOf('99', citizen),
    address: target.newAddress(),
    mistypes: citizen % 10 === 0
  }))
  const perMinute = Math.ceil(LAUNCH / MINUTES)
  for (let first = 0; first < LAUNCH; first += perMinute) {
    const now = citizens.slice(first, first + perMinute)
    await inParallel(now, ({ phone, address }) => ask(target, phone, address, people))
    await inParallel(
      now.filter(({ mistypes }) => mistypes),
      async ({ phone, address }) => {
        await target.verify(phone, target.wrongCodeOf(phone), address)
      }
    )
    await inParallel(now, ({ phone, address }) => enter(target, phone, address, people, false))
    await target.pass(60)
  }
  await target.forget()
  return figures(`launch hour, ${LAUNCH} first sign-ins`, people, LAUNCH)
}

/** While codes are requested and never used: people where someone has signed in, and strangers, some with a captcha. */
async function beside(
  target: Target,
  where: string,
  sourceOf: (place: number) => string,
  sends: number
): Promise<Figure[]> {
  const home = target.newAddress()
  const none = (): People => ({ signedIn: 0, refused: 0, long: 0 })
  await signIn(target, phoneOf('90', 0), home, none())
  await inParallel(
    Array.from({ length: sends }, (_, place) => place),
    async (place) => {
      await target.ask(phoneOf('91', place), sourceOf(place))
    }
  )
  const [familiar, solving, strangers] = [none(), none(), none()]
  for (let person = 1; person <= PEOPLE; person++) {
    await signIn(target, phoneOf('90', person), home, familiar)
    const [phone, address] = [phoneOf('93', person), target.newAddress()]
    await ask(target, phone, address, solving, SOLVED)
    await enter(target, phone, address, solving, false)
    await signIn(target, phoneOf('94', person), target.newAddress(), strangers)
  }
  await target.forget()
  const name = `pumping from ${SOURCES} sources of ${where}`
  return [
    {
      case: `${name}: familiar callers not served of ${PEOPLE}`,
      measured: PEOPLE - familiar.signedIn,
      allowed: 0
    },
    {
      case: `${name}: strangers with a captcha not served of ${PEOPLE}`,
      measured: PEOPLE - solving.signedIn,
      allowed: PEOPLE / 2
    },
    {
      case: `${name}: strangers not served of ${PEOPLE}`,
      measured: PEOPLE - strangers.signedIn,
      note: 'what the budget allows'
    }
  ]
}

/** A gateway that accepts each message but answers after the timeout. */
async function lateGateway(target: Target): Promise<Figure> {
  const people: People = { signedIn: 0, refused: 0, long: 0 }
  target.delayGateway(true)
  for (let person = 0; person < AT_ONCE; person++)
    await signIn(target, phoneOf('88', person), target.newAddress(), people)
  await target.forget()
  return {
    case: `a gateway that answers too late: refused of ${AT_ONCE}`,
    measured: people.refused,
    allowed: 0
  }
}

/** A clerk signs in at the usual desk, while passwords for the number are guessed from a thousand addresses. */
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
