import { randomInt } from 'node:crypto'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import t from 'tap'
import { createClock } from '../../scripts/attack/clock.ts'
import type { Caller } from '../../src/plugins/otp.ts'
import { build, environment } from '../helper.ts'
import { DAY, HOUR, maybeWithin, type Span, surelyWithin } from '../moments.ts'
import type { App } from '../victim.ts'

const RUNS = 20
const policy = {
  ADDRESS_FAILURES_PER_DAY: '5',
  ADDRESS_SENDS_PER_HOUR: '20',
  REDIS_TIMEOUT_MS: '10000'
}
const SECONDS = { guess: DAY, send: HOUR }
/** What may be unfinished, given S numbers that have signed in; codes are long after half of the guesses. */
const SHORT = (s: number) => 5 + 2 * s
const PLACES = { guess: (s: number) => 2 * SHORT(s), send: (s: number) => Math.floor(20 + s / 2) }

interface Act {
  act: 'send' | 'guess'
  phone: string
  /** Kept: the SMS was sent, the guess was wrong. */
  end: 'kept' | 'given back' | 'right'
}
type Step = { pass: number } | { acts: Act[] }
type Entry = Span & { phone: string }

const phone = fc.integer({ min: 0, max: 15 }).map((name) => `+9989000000${String(name).padStart(2, '0')}`)
const send = fc.record({
  act: fc.constant<Act['act']>('send'),
  phone,
  end: fc.constantFrom<Act['end']>('kept', 'kept', 'kept', 'given back')
})
const guess = fc.record({
  act: fc.constant<Act['act']>('guess'),
  phone,
  end: fc.constantFrom<Act['end']>('kept', 'kept', 'right', 'given back')
})
const times = (act: fc.Arbitrary<Act>, max: number) =>
  fc.tuple(act, fc.integer({ min: 1, max })).map(([act, times]) => Array.from({ length: times }, () => act))
const acts = fc
  .array(fc.oneof(times(fc.oneof(send, guess), 12), fc.array(fc.oneof(send, guess), { maxLength: 12 })), {
    minLength: 1,
    maxLength: 3
  })
  .map((acts): Step => ({ acts: acts.flat() }))
const pass = fc
  .constantFrom(1, 60, 600, 1_800, HOUR - 60, HOUR, DAY - HOUR, DAY - 60, DAY)
  .map((pass): Step => ({ pass }))
const steps = fc.array(fc.oneof({ weight: 2, arbitrary: acts }, pass), { minLength: 10, maxLength: 25 })

const store = new Redis(environment.REDIS_URL)
t.teardown(() => store.disconnect())

/** A new address, and a record of what several processes let it do. */
function createAddress(apps: App[], together: boolean) {
  const address = `10.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}`
  const clock = createClock(store, `${environment.REDIS_KEY_PREFIX}address:{${address}}`)
  const taken: Record<Act['act'], Entry[]> = { send: [], guess: [] }
  const signedIn: Entry[] = []
  let calls = 0
  return { take }

  async function take(step: Step): Promise<void> {
    if ('pass' in step) await clock.pass(step.pass)
    else if (together) await run(step.acts)
    else for (const act of step.acts) await run([act])
  }

  /** Performs some acts in parallel, and audits the outcome. */
  async function run(acts: Act[]): Promise<void> {
    const start = clock.now()
    const found = await Promise.all(acts.map(perform))
    const now = { from: start, until: clock.now() }
    const [only] = acts
    const [first] = found
    if (only && first && !together) {
      auditLength(first.isLong, now)
      if (!first.isGranted) auditRefusal(only, now)
    }
    const done = acts.filter((_, i) => found[i]?.isGranted).map((act) => ({ ...act, ...now }))
    // The order of parallel acts is unknown: others may have signed in before, and places been given back.
    if (together) finish(done)
    for (const entry of done) {
      const isForgiven = together && done.some(({ phone, end }) => phone === entry.phone && end === 'right')
      if (!together || (entry.end === 'kept' && !isForgiven)) taken[entry.act].push(entry)
      auditGrant(entry, now)
      if (entry.end !== 'kept' && !together) taken[entry.act].pop()
    }
    if (!together) finish(done)
  }

  /** Numbers that signed in have finished what they began here. */
  function finish(done: (Act & Span)[]): void {
    const right = done.filter(({ end }) => end === 'right')
    const phones = numbersIn(right)
    for (const act of ['send', 'guess'] as const)
      taken[act] = taken[act].filter(({ phone }) => !phones.has(phone))
    signedIn.push(...right)
  }

  function auditGrant({ act }: Act, now: Span): void {
    const most = numbersIn(maybeWithin(DAY, signedIn, now))
    const inWindow = surelyWithin(SECONDS[act], taken[act], now).length
    check(inWindow <= PLACES[act](most.size), `${inWindow} in the window (${act}), S is ${most.size}`)
  }

  function auditRefusal({ act }: Act, now: Span): void {
    const least = numbersIn(surelyWithin(DAY, signedIn, now)).size
    const inWindow = maybeWithin(SECONDS[act], taken[act], now).length
    check(inWindow >= PLACES[act](least), `refused (${act}) with ${inWindow} unfinished, S is ${least}`)
  }

  /** For an act that came alone: only what was there before it counts. */
  function auditLength(isLong: boolean, now: Span): void {
    const most = SHORT(numbersIn(maybeWithin(DAY, signedIn, now)).size)
    const least = SHORT(numbersIn(surelyWithin(DAY, signedIn, now)).size)
    check(isLong || surelyWithin(DAY, taken.guess, now).length < most, 'short codes after too many guesses')
    check(!isLong || maybeWithin(DAY, taken.guess, now).length >= least, 'long codes after too few guesses')
  }

  /** Whether the act was granted, and whether codes are long there. */
  async function perform({ act, phone, end }: Act): Promise<{ isGranted: boolean; isLong: boolean }> {
    const guard = apps[++calls % apps.length]?.guard
    if (!guard) throw new Error('no app')
    const caller: Caller = { phone, purpose: 'sign-in', address }
    const place = guard[act](caller)
    const { wait, longFor } = await place.take()
    // An act that has to wait is not done here.
    if (wait > 0 || end === 'given back') await place.refund()
    else if (end === 'right') await place.forgive?.()
    return { isGranted: wait === 0, isLong: longFor > 0 }
  }
}

for (const [how, processes, together] of [
  ['', 1, false],
  [', also when they come at once, by two processes,', 2, true]
] as const) {
  t.test(
    `no order of sends, guesses and sign-ins${how} takes an address past its unfinished limits`,
    async (t) => {
      const apps: App[] = []
      while (apps.length < processes) apps.push((await build(t, policy)).app)
      await fc.assert(
        fc.asyncProperty(steps, async (steps) => {
          const address = createAddress(apps, together)
          for (const step of steps) await address.take(step)
        }),
        { numRuns: RUNS, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true }
      )
    }
  )
}

function numbersIn(entries: Entry[]): Set<string> {
  return new Set(entries.map(({ phone }) => phone))
}

function check(isRight: boolean, fault: string): void {
  if (!isRight) throw new Error(fault)
}
