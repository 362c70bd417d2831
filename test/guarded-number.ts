import { Redis } from 'ioredis'
import t from 'tap'
import { createClock } from '../scripts/attack/clock.ts'
import { ApiError } from '../src/errors.ts'
import type { Judgement, OtpPurpose } from '../src/plugins/otp.ts'
import { otpKeys } from '../src/redis/otp-steps.ts'
import { environment, randomPhone, redis } from './helper.ts'
import { DAY, HOUR, maybeWithin, mostWithin, type Span } from './moments.ts'
import { type App, from, verdict } from './victim.ts'

export const [SHORT_A_DAY, LONG_A_DAY, SHORT_IN_ROW] = [10, 20, 30]
const [SENDS_AN_HOUR, SENDS_A_DAY, RESEND_SECONDS, LIFE_SECONDS] = [5, 10, 60, 300]

export interface Actor {
  address: string
  /** Uses the device that has signed in before. */
  isDevice?: true
  /** Calls from an address where others sign in. */
  isFamiliar?: true
}
/** A number remembers ten devices and sources: two for the device, and two for each sign-in without its token. */
const MOST_WITHOUT_TOKEN = 4
/** The device at the address where it signed in. */
export const DEVICE: Actor = { address: '10.0.0.2', isDevice: true }

export type Act =
  | { act: 'ask'; who: Actor }
  | { act: 'guess'; who: Actor }
  /** The owner enters the code of the last SMS, or of the one `back` messages before it. */
  | { act: 'bring'; who: Actor; back: number }
  /** The gateway did not send the code after all. */
  | { act: 'withdraw'; back: number }

export type Step =
  | { pass: number }
  | { purpose: OtpPurpose; acts: Act[] }
  /** `signIn` asks for a code, others interfere, and then the asker enters the code. */
  | { signIn: Actor; meanwhile: Act[] }

const STANDINGS = ['device', 'known', 'familiar', 'stranger'] as const
type Standing = (typeof STANDINGS)[number]
type Message = Span & { code: string; purpose: OtpPurpose; standing: Standing; isWithdrawn: boolean }

const store = new Redis(environment.REDIS_URL)
t.teardown(() => store.disconnect())

/**
 * A number whose device has signed in, with a record of what is done to it through several processes. Each step ends
 * with an audit, which throws. `together` performs the acts of a step in parallel.
 */
export async function createNumber(apps: App[], together: boolean) {
  const phone = randomPhone()
  const clock = createClock(store, `${environment.REDIS_KEY_PREFIX}otp:{${phone}}:`)
  const knownAddresses = new Set<string>()
  const sent: Message[] = []
  const opened: string[] = []
  /** Since the last success. */
  const failures: Record<'short' | Standing, Span[]> = {
    short: [],
    device: [],
    known: [],
    familiar: [],
    stranger: []
  }
  const most = { short: 0, long: 0, shortInRow: 0 }
  let deviceToken: string | undefined
  let calls = 0
  /** Sign-ins since the device's last one. */
  let withoutToken = 0

  const first = await as(DEVICE, 'sign-in').store(phone, '0000')
  deviceToken = await as(DEVICE, 'sign-in').validate(phone, first)
  knownAddresses.add(DEVICE.address)
  await clock.pass(DAY)
  return { take, most }

  async function take(step: Step): Promise<void> {
    if ('pass' in step) await clock.pass(step.pass)
    else if ('acts' in step) await takeActs(step.purpose, step.acts)
    else await takeSignIn(step.signIn, step.meanwhile)
  }

  async function takeSignIn(who: Actor, meanwhile: Act[]): Promise<void> {
    if (!who.isDevice && withoutToken === MOST_WITHOUT_TOKEN) return
    const before = sent.length
    await takeActs('sign-in', [{ act: 'ask', who }])
    const own = sent[before]
    const standing = standingOf(who, 'sign-in')
    const owes = maybeWithin(DAY, failures[standing], { from: clock.now(), until: clock.now() })
    if (!own || owes.length >= LONG_A_DAY) return
    // Unless a device asked, others could use up the asker's own guess from its address, or replace its code.
    const others = meanwhile.filter(
      (act) => who.isDevice || (act.act === 'guess' && act.who.address !== who.address)
    )
    await takeActs('sign-in', others)
    // After all cooldowns, but before the code expires.
    await clock.pass(LIFE_SECONDS / 2)
    await takeActs('sign-in', others)
    await takeActs('sign-in', [{ act: 'bring', who, back: sent.length - before - 1 }])
    check(
      opened.at(-1) === own.code,
      `the ${standing} could not use its own last code (${own.code.length} digits)`
    )
  }

  async function takeActs(purpose: OtpPurpose, acts: Act[]): Promise<void> {
    const start = clock.now()
    const before = await counted(purpose)
    const wereOpened = opened.length
    const works = acts.map((act) => () => run(act, purpose))
    const guessed: (Standing | undefined)[] = []
    if (together) guessed.push(...(await Promise.all(works.map((work) => work()))))
    else for (const work of works) guessed.push(await work())

    const standings = guessed.filter((standing) => standing !== undefined)
    const span = { from: start, until: clock.now() }
    const hasOpened = opened.length > wereOpened
    if (hasOpened) {
      // Redis has forgotten them by now. All guessed at the outstanding code, since no step both asks and succeeds.
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
    for (const standing of STANDINGS) {
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

  /** Returns the standing of a caller whose guess was judged wrong. */
  async function run(act: Act, purpose: OtpPurpose): Promise<Standing | undefined> {
    if (act.act === 'ask') return askCode(act.who, purpose)
    const message =
      'back' in act ? sent.filter((one) => one.purpose === purpose).at(-1 - act.back) : undefined
    if (act.act === 'withdraw') return message && withdrawCode(message)
    const standing = standingOf(act.who, purpose)
    const code = act.act === 'guess' ? 'none' : message?.code
    if (!code) return undefined
    const isRight = await judged(as(act.who, purpose).judge(phone, code))
    if (isRight) {
      opened.push(code)
      if (purpose === 'sign-in') {
        knownAddresses.add(act.who.address)
        withoutToken = act.who.isDevice ? 0 : withoutToken + 1
      }
    }
    return isRight === false ? standing : undefined
  }

  async function askCode(who: Actor, purpose: OtpPurpose): Promise<undefined> {
    const standing = standingOf(who, purpose)
    // No code repeats: otherwise the SMS to one number could not be told apart.
    const code = String(++calls).padStart(4, '0')
    const start = clock.now()
    const own = sent.filter((message) => message.standing === standing && !message.isWithdrawn)
    let text = ''
    const { code: word } = await verdict(
      as(who, purpose)
        .store(phone, code)
        .then((stored) => {
          text = stored
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
    // With parallel sends it is unknown whether this one was given back, so assume that it was.
    if (together || (await countSends()) < before) message.isWithdrawn = true
  }

  async function countSends(): Promise<number> {
    const keys = otpKeys(phone, 'sign-in')
    const counts = await Promise.all(STANDINGS.map((standing) => redis.zcard(keys[`${standing}_sends`])))
    return counts.reduce((total, count) => total + count, 0)
  }

  function standingOf({ address, isDevice, isFamiliar }: Actor, purpose: OtpPurpose): Standing {
    if (isDevice) return 'device'
    if (purpose === 'sign-in' && knownAddresses.has(address)) return 'known'
    return isFamiliar ? 'familiar' : 'stranger'
  }

  /** The plugin as one caller uses it, alternating between processes. A known device never waits because of others. */
  function as({ address, isDevice, isFamiliar }: Actor, purpose: OtpPurpose) {
    const app = apps[++calls % apps.length]
    if (!app) throw new Error('no app')
    const otherwise = isFamiliar ? 'familiar' : 'stranger'
    const held = { wait: 60, strangerWait: 60, longFor: 60, isStrict: true, strictWait: 60 }
    return from(address, app, {
      purpose,
      otherwise,
      ...(isDevice && deviceToken && { deviceToken, ...held })
    })
  }

  /** The kind of the outstanding code, and the contents of the failure windows. */
  async function counted(purpose: OtpPurpose) {
    const keys = otpKeys(phone, purpose)
    const windows = ['short', ...STANDINGS] as const
    const entries = await Promise.all(
      windows.map(async (name) => {
        const key = name === 'short' ? keys.short : keys[`${name}_long`]
        return [name, await redis.zrange(key, '0', '-1')] as const
      })
    )
    return { isLong: (await redis.hget(keys.code, 'long')) === '1', windows: new Map(entries) }
  }
}

/** Whether a guess was right; undefined if it was not judged. */
async function judged(work: Promise<Judgement>): Promise<boolean | undefined> {
  try {
    return (await work).isRight
  } catch (error) {
    if (error instanceof ApiError) return undefined
    throw error
  }
}

function check(isRight: boolean, fault: string): void {
  if (!isRight) throw new Error(fault)
}
