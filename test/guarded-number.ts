import { AsyncLocalStorage } from 'node:async_hooks'
import { Redis } from 'ioredis'
import t from 'tap'
import { createClock } from '../scripts/attack/clock.ts'
import type { OtpPurpose } from '../src/plugins/otp.ts'
import { environment, randomPhone, redis } from './helper.ts'
import { DAY, HOUR, maybeWithin, mostWithin, type Span } from './moments.ts'
import { type App, from, verdict } from './victim.ts'

export const [SHORT_A_DAY, LONG_A_DAY, SHORT_IN_ROW] = [10, 20, 30]
const [SENDS_AN_HOUR, SENDS_A_DAY, RESEND_SECONDS, LIFE_SECONDS] = [5, 10, 60, 300]

export interface Actor {
  address: string
  /** With the device that has signed in before. */
  isDevice?: true
}
/** The device, where it signed in. */
export const DEVICE: Actor = { address: '10.0.0.2', isDevice: true }

export type Act =
  | { act: 'ask'; who: Actor }
  | { act: 'guess'; who: Actor }
  /** The owner brings the code of the last SMS, or of one so many before it. */
  | { act: 'bring'; who: Actor; back: number }
  /** The gateway has not sent it after all. */
  | { act: 'withdraw'; back: number }

export type Step =
  | { pass: number }
  | { purpose: OtpPurpose; acts: Act[] }
  /** The device asks, others do what they can, the device brings its code. */
  | { signIn: Actor; meanwhile: Act[] }

type Standing = 'device' | 'address' | 'stranger'
type Message = Span & { code: string; purpose: OtpPurpose; standing: Standing; isWithdrawn: boolean }

const store = new Redis(environment.REDIS_URL)
t.teardown(() => store.disconnect())

/** The call in which a guess was judged: its callers are not told. */
const call = new AsyncLocalStorage<{ isJudged: boolean }>()

/** Makes the guard of an app tell: it notes each failed guess that it has judged. */
export function observe({ breaker }: App): void {
  breaker.noteFailure = async () => {
    Object.assign(call.getStore() ?? {}, { isJudged: true })
  }
}

/**
 * A number whose device has signed in, and the books of what is done to it by way of several processes: each step ends
 * with an audit, which throws. `together` does the acts of a step all at once.
 */
export async function createNumber(apps: App[], together: boolean) {
  const phone = randomPhone()
  const keys = (name: string) => `otp:{${phone}}:${name}`
  const clock = createClock(store, environment.REDIS_KEY_PREFIX + keys(''))
  const knownAddresses = new Set<string>()
  const sent: Message[] = []
  const opened: string[] = []
  /** Since the last success. */
  const failures: Record<'short' | Standing, Span[]> = { short: [], device: [], address: [], stranger: [] }
  const most = { short: 0, long: 0, shortInRow: 0 }
  let deviceToken: string | undefined
  let calls = 0

  const first = await as(DEVICE, 'sign-in').store(phone, '0000')
  deviceToken = await as(DEVICE, 'sign-in').validate(phone, first.code)
  knownAddresses.add(DEVICE.address)
  await clock.pass(DAY)
  return { take, most }

  async function take(step: Step): Promise<void> {
    if ('pass' in step) await clock.pass(step.pass)
    else if ('acts' in step) await takeActs(step.purpose, step.acts)
    else await takeSignIn(step.signIn, step.meanwhile)
  }

  async function takeSignIn(who: Actor, meanwhile: Act[]): Promise<void> {
    const before = sent.length
    await takeActs('sign-in', [{ act: 'ask', who }])
    const own = sent[before]
    const owes = maybeWithin(DAY, failures.device, { from: clock.now(), until: clock.now() })
    if (!own || owes.length >= LONG_A_DAY) return
    await takeActs('sign-in', meanwhile)
    // Past the cooldowns of everybody, and not yet the end of its life.
    await clock.pass(LIFE_SECONDS / 2)
    await takeActs('sign-in', meanwhile)
    await takeActs('sign-in', [{ act: 'bring', who, back: sent.length - before - 1 }])
    check(
      opened.at(-1) === own.code,
      `the device could not use its own last code (${own.code.length} digits)`
    )
  }

  async function takeActs(purpose: OtpPurpose, acts: Act[]): Promise<void> {
    const start = clock.now()
    const before = await counted(purpose)
    const wereOpened = opened.length
    const works = acts.map((act) => () => run(act, purpose))
    const judged: (Standing | undefined)[] = []
    if (together) judged.push(...(await Promise.all(works.map((work) => work()))))
    else for (const work of works) judged.push(await work())

    const standings = judged.filter((standing) => standing !== undefined)
    const span = { from: start, until: clock.now() }
    const hasOpened = opened.length > wereOpened
    if (hasOpened) {
      // Forgotten in Redis by now. All were guesses at the code that was there, since nobody asks where somebody succeeds.
      for (const standing of standings) failures[before.isLong ? standing : 'short'].push(span)
    } else {
      const after = await counted(purpose)
      for (const [name, entries] of after.windows) {
        const added = entries.filter((entry) => !before.windows.get(name)?.includes(entry))
        failures[name].push(...added.map(() => span))
        standings.splice(0, added.length)
      }
      check(standings.length === 0, 'a guess was judged and not counted')
    }
    audit()
    if (hasOpened) for (const list of Object.values(failures)) list.splice(0)
  }

  function audit(): void {
    const short = mostWithin(DAY, failures.short)
    check(short <= SHORT_A_DAY, `${short} guesses at short codes in a day`)
    check(failures.short.length <= SHORT_IN_ROW, `${failures.short.length} at short codes in a row`)
    for (const standing of ['device', 'address', 'stranger'] as const) {
      const long = mostWithin(DAY, failures[standing])
      check(long <= LONG_A_DAY, `${long} guesses at long codes in a day (${standing})`)
      const sends = sent.filter((message) => message.standing === standing && !message.isWithdrawn)
      check(mostWithin(HOUR, sends) <= SENDS_AN_HOUR, `too many codes in an hour (${standing})`)
      check(mostWithin(DAY, sends) <= SENDS_A_DAY, `too many codes in a day (${standing})`)
      most.long = Math.max(most.long, long)
    }
    most.short = Math.max(most.short, short)
    most.shortInRow = Math.max(most.shortInRow, failures.short.length)
    check(new Set(opened).size === opened.length, 'a code opened twice')
  }

  /** Gives the standing of who guessed wrongly and was judged. */
  async function run(act: Act, purpose: OtpPurpose): Promise<Standing | undefined> {
    if (act.act === 'ask') return askCode(act.who, purpose)
    const message =
      'back' in act ? sent.filter((one) => one.purpose === purpose).at(-1 - act.back) : undefined
    if (act.act === 'withdraw') return message && withdrawCode(message)
    const standing = standingOf(act.who, purpose)
    const code = act.act === 'guess' ? 'none' : message?.code
    if (!code) return undefined
    const note = { isJudged: false }
    const { code: word } = await call.run(note, () => verdict(as(act.who, purpose).validate(phone, code)))
    if (word === 'valid') {
      opened.push(code)
      if (purpose === 'sign-in') knownAddresses.add(act.who.address)
    }
    return note.isJudged ? standing : undefined
  }

  async function askCode(who: Actor, purpose: OtpPurpose): Promise<undefined> {
    const standing = standingOf(who, purpose)
    // No code comes twice: a number's own SMS could not be told apart.
    const code = String(++calls).padStart(4, '0')
    const start = clock.now()
    const own = sent.filter((message) => message.standing === standing && !message.isWithdrawn)
    let text = ''
    const { code: word } = await verdict(
      as(who, purpose)
        .store(phone, code)
        .then((stored) => {
          text = stored.code
        })
    )
    const span = { from: start, until: clock.now() }
    if (word === 'valid') sent.push({ ...span, code: text, purpose, standing, isWithdrawn: false })
    else if (standing === 'device' && !together) {
      const isEarly = maybeWithin(RESEND_SECONDS, own, span).length > 0
      const isSpent =
        maybeWithin(HOUR, own, span).length >= SENDS_AN_HOUR ||
        maybeWithin(DAY, own, span).length >= SENDS_A_DAY
      check(word === 'OTP_COOLDOWN' ? isEarly : isSpent, `the device got no code: ${word}`)
    }
  }

  async function withdrawCode(message: Message): Promise<undefined> {
    const before = await countSends()
    await as(DEVICE, message.purpose).withdraw(phone, message.code.slice(-4))
    // When others send at the same time, nobody knows whether it was given back.
    if (together || (await countSends()) < before) message.isWithdrawn = true
  }

  async function countSends(): Promise<number> {
    const windows = ['device:sends', 'address:sends', 'sends'].map((name) => redis.zcard(keys(name)))
    return (await Promise.all(windows)).reduce((total, count) => total + count, 0)
  }

  function standingOf({ address, isDevice }: Actor, purpose: OtpPurpose): Standing {
    if (isDevice) return 'device'
    return purpose === 'sign-in' && knownAddresses.has(address) ? 'address' : 'stranger'
  }

  /** The plugin as somebody uses it, by one process after the other. Who is no known device has to wait at times. */
  function as({ address, isDevice }: Actor, purpose: OtpPurpose) {
    const app = apps[++calls % apps.length]
    if (!app) throw new Error('no app')
    return from(address, app, {
      purpose,
      ...(isDevice && deviceToken && { deviceToken, held: { address: 60, stranger: 60 } })
    })
  }

  /** The kind of the code that is there, and what the windows of failures hold. */
  async function counted(purpose: OtpPurpose) {
    const names = ['short', 'device', 'address', 'stranger'] as const
    const [long, short, device, address, stranger] = await Promise.all([
      redis.hget(keys(`code:${purpose}`), 'long'),
      redis.zrange(keys('failures'), '0', '-1'),
      redis.zrange(keys('device:failures:long'), '0', '-1'),
      redis.zrange(keys('address:failures:long'), '0', '-1'),
      redis.zrange(keys('failures:long'), '0', '-1')
    ])
    const entries = { short, device, address, stranger }
    return { isLong: long === '1', windows: new Map(names.map((name) => [name, entries[name]])) }
  }
}

function check(isRight: boolean, fault: string): void {
  if (!isRight) throw new Error(fault)
}
