import fc from 'fast-check'
import t from 'tap'
import { SERVICE_KEYS } from '../../src/redis/guard-steps.ts'
import { randomAddress, service, times } from '../guarded-service.ts'
import { randomPhone } from '../helper.ts'
import { DAY, HOUR, maybeWithin, type Span, surelyWithin } from '../moments.ts'

const RUNS = 12
const MINUTE = 60
const TEN_MINUTES = 10 * MINUTE
/** Small limits, so that few guesses reach them. */
const POLICY = { perDay: 12, perTenMinutes: 5, percent: 40 }
const settings = {
  STRICT_FAILURES_PER_DAY: String(POLICY.perDay),
  STRICT_FAILURES_PER_TEN_MINUTES: String(POLICY.perTenMinutes),
  STRICT_FAILURES_PERCENT: String(POLICY.percent),
  REDIS_TIMEOUT_MS: '10000'
}
/** The error of a decaying counter: the milliseconds that really pass, and its six digits. */
const SLACK = 0.01

/** A stranger's guess is wrong or comes to nothing; a citizen signs in, at once or after a typing error. */
const ENDS = ['wrong', 'void', 'right', 'typing error'] as const
type End = (typeof ENDS)[number]
type Step = { pass: number } | { ends: End[] }
type Snapshot = { wrong: Span[]; day: number; tenMinutes: number }
type Service = Awaited<ReturnType<typeof service>>

const ends = fc
  .tuple(fc.constantFrom(...ENDS), fc.constantFrom(...ENDS), fc.integer({ min: 1, max: 12 }))
  .map(([one, other, count]): Step => ({ ends: times(count).map((place) => (place % 4 ? one : other)) }))
// Whole minutes, so that the few milliseconds that really pass end nothing.
const pass = fc
  .constantFrom(MINUTE, 5 * MINUTE, TEN_MINUTES, 30 * MINUTE, HOUR, 6 * HOUR, DAY - HOUR, DAY)
  .map((pass): Step => ({ pass }))
const steps = fc.array(fc.oneof({ weight: 2, arbitrary: ends }, pass), { minLength: 6, maxLength: 18 })
const wrong = (count: number): Step => ({ ends: times(count).map(() => 'wrong') })
/** Edge cases that a random order seldom meets: the limits of a day and of ten minutes, reached and exceeded by one. */
const edges: Step[][] = [
  [wrong(5), wrong(1), { pass: 9 * MINUTE }, wrong(1), { pass: TEN_MINUTES }, wrong(1)],
  [
    wrong(4),
    { pass: HOUR },
    wrong(4),
    { pass: HOUR },
    wrong(4),
    { pass: HOUR },
    wrong(1),
    { pass: DAY - HOUR },
    wrong(1)
  ]
]

/** A record of the guesses that a service has allowed. */
function createBooks(processes: Service[], together: boolean) {
  const [service] = processes
  if (!service) throw new Error('no process')
  let passed = 0
  let calls = 0
  let mayBeStrict = false
  let wrong: Span[] = []
  const signIns: number[] = []
  /** What the last guess found: strict mode lasts until half of that has left the window. */
  let found: Snapshot = { wrong: [], day: 0, tenMinutes: 0 }
  let strict = 0
  return { take, strict: () => strict }

  async function take(step: Step): Promise<void> {
    if ('pass' in step) {
      await service?.pass(step.pass)
      passed += step.pass
    } else if (together) await runAtOnce(step.ends)
    else for (const end of step.ends) await run(end)
    if (!together) await auditEnd()
  }

  async function run(end: End): Promise<void> {
    const from = now()
    const citizen = someone()
    const isStrict = await citizen.guess(end)
    const span = { from, until: now() }
    auditOne(isStrict, span)
    if (end === 'wrong') wrong.push(span)
    if (end === 'right') signIns.push(now())
    if (end !== 'typing error') return
    // Its first guess still counts when the second is taken.
    const again = { from: now(), until: 0 }
    wrong.push(span)
    const isStillStrict = await citizen.guess('right')
    auditOne(isStillStrict, { ...again, until: now() })
    wrong = wrong.filter((entry) => entry !== span)
    signIns.push(now())
  }

  /** The order is unknown, but of all guesses judged outside strict mode the last one had room. */
  async function runAtOnce(ends: End[]): Promise<void> {
    const from = now()
    const all = await Promise.all(
      ends.map(async (end) => {
        const citizen = someone()
        const isStrict = await citizen.guess(end)
        if (end === 'typing error') await citizen.guess('right')
        return { end, isStrict }
      })
    )
    const span = { from, until: now() }
    signIns.push(...all.filter(({ end }) => end === 'right' || end === 'typing error').map(() => now()))
    const judged = all.filter(({ end, isStrict }) => end === 'wrong' && !isStrict)
    if (judged.length > 0) {
      const entries = [...wrong, ...judged.map(() => span)]
      check(surelyWithin(DAY, entries, span).length <= allowed().day + SLACK, 'more than a day has')
    }
    wrong.push(...all.filter(({ end }) => end === 'wrong').map(() => span))
    strict += all.filter(({ isStrict }) => isStrict).length
  }

  /** Audits a guess that was taken in that span, and whether it met strict mode. */
  function auditOne(isStrict: boolean, span: Span): void {
    const { day, tenMinutes } = allowed()
    const entries = [...wrong, span]
    const most = (share: number, by: typeof maybeWithin) =>
      by(DAY, entries, span).length > share * day + (by === maybeWithin ? -SLACK : SLACK) ||
      by(TEN_MINUTES, entries, span).length > share * tenMinutes + (by === maybeWithin ? -SLACK : SLACK)
    if (most(1, maybeWithin)) mayBeStrict = true
    else if (!most(0.5, maybeWithin)) mayBeStrict = false
    check(isStrict || !most(1, surelyWithin), 'not strict above the limits')
    check(!isStrict || mayBeStrict, 'strict below the limits, or after half were left')
    if (isStrict) strict++
    found = { wrong: [...wrong], day, tenMinutes }
  }

  /** Strict mode ends without a guess. */
  async function auditEnd(): Promise<void> {
    if (!(await service?.redis.exists(SERVICE_KEYS.strict))) return
    const at = { from: now(), until: now() }
    const isMore = (seconds: number, most: number) =>
      // The last guess that was judged may have been one more.
      maybeWithin(seconds + 2, found.wrong, at).length >= Math.floor(most / 2 - SLACK)
    check(isMore(DAY, found.day) || isMore(TEN_MINUTES, found.tenMinutes), 'strict after half have left')
  }

  function allowed() {
    const share = POLICY.percent / 100
    const faded = (seconds: number) =>
      signIns.reduce((sum, moment) => sum + Math.exp((moment - now()) / (seconds * 1_000)), 0)
    return {
      day: POLICY.perDay + share * faded(DAY),
      tenMinutes: POLICY.perTenMinutes + share * faded(TEN_MINUTES)
    }
  }

  /** A stranger at a new address, alternating between processes. */
  function someone() {
    const app = processes[++calls % processes.length]?.app
    const caller = {
      phone: randomPhone(),
      purpose: 'sign-in',
      address: randomAddress()
    } as const
    return {
      /** Whether the guess met strict mode, or was told to wait for those being judged. */
      async guess(end: End): Promise<boolean> {
        const place = app?.guard.guess(caller)
        const terms = await place?.take()
        if (end === 'wrong' || end === 'typing error') await place?.settle(true)
        if (end === 'void') await place?.refund()
        if (end === 'right') await place?.forgive?.()
        return terms?.isStrict === true || (terms?.strictWait ?? 0) > 0
      }
    }
  }

  function now(): number {
    return Date.now() + passed * 1_000
  }
}

for (const [how, together] of [
  ['', false],
  [', also when all comes at once, at two processes', true]
] as const) {
  t.test(`the service is strict above its limits and never below them${how}`, async (t) => {
    const first = await service(t, settings)
    const processes = together ? [first, await service(t, settings, { prefix: first.prefix })] : [first]
    let strict = 0
    await fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        await first.forget()
        const books = createBooks(processes, together)
        for (const step of steps) await books.take(step)
        strict += books.strict()
      }),
      {
        numRuns: RUNS,
        interruptAfterTimeLimit: 60_000,
        markInterruptAsFailure: true,
        examples: edges.map((edge) => [edge])
      }
    )
    t.ok(strict > 0, `${strict} guesses met strict mode`)
  })
}

function check(isRight: boolean, fault: string): void {
  if (!isRight) throw new Error(fault)
}
