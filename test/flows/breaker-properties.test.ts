import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import t from 'tap'
import { createClock } from '../../scripts/attack/clock.ts'
import { guardPolicy } from '../../src/config/guard-policy.ts'
import breaker from '../../src/plugins/breaker.ts'
import redis from '../../src/plugins/redis.ts'
import { environment, settings } from '../helper.ts'
import { DAY, HOUR } from '../moments.ts'
import { until } from '../until.ts'

const RUNS = 10
const MINUTE = 60
const { breaker: policy } = guardPolicy(settings())

type Step = { pass: number } | { fail: number } | { signIn: number }
const fail = fc.integer({ min: 1, max: 30 })
const signIn = fc.integer({ min: 1, max: 400 })
// Whole minutes, so that the few milliseconds which really pass end nothing.
const pass = fc.constantFrom(MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 6 * HOUR, DAY)
const step = fc.oneof(
  { weight: 3, arbitrary: fail.map((fail): Step => ({ fail })) },
  { weight: 1, arbitrary: signIn.map((signIn): Step => ({ signIn })) },
  { weight: 3, arbitrary: pass.map((pass): Step => ({ pass })) }
)
/** So many failures and sign-ins at this hour of each day, that more of them are usual. */
const week = fc
  .tuple(fail, signIn)
  .map(([fail, signIn]) =>
    Array.from({ length: 7 }, (): Step[] => [
      { signIn },
      { fail },
      { pass: 20 * MINUTE },
      { fail },
      { pass: DAY - 20 * MINUTE }
    ]).flat()
  )
const steps = fc
  .tuple(fc.oneof(fc.constant<Step[]>([]), week), fc.array(step, { minLength: 5, maxLength: 20 }))
  .map((parts) => parts.flat())

/** The edges, which a random order seldom meets. */
const edges: Step[][] = [
  [{ fail: 20 }, { fail: 1 }, { pass: 30 * MINUTE }],
  // Strict by the day, of which so much leaves the 24 hours that 75 are left: fewer than 80 %.
  [
    ...[{ fail: 20 }, { pass: 20 * MINUTE }, { fail: 12 }, { pass: 20 * HOUR - 20 * MINUTE }],
    ...Array.from({ length: 3 }, () => [{ fail: 18 }, { pass: HOUR }]).flat(),
    ...[{ fail: 18 }, { pass: 20 * MINUTE }, { fail: 1 }, { pass: 20 * MINUTE }, { fail: 1 }],
    ...[{ pass: 20 * MINUTE }, { fail: 1 }, { pass: 10 * MINUTE }]
  ]
]

const store = new Redis(environment.REDIS_URL)
t.teardown(() => store.disconnect())

/** Some processes of one service with nothing but the breaker, and what docs/limits.md says that it does. */
async function createService(processes: number) {
  const keyPrefix = `${environment.REDIS_KEY_PREFIX}${randomUUID()}:`
  const apps = Array.from({ length: processes }, () => Fastify())
  for (const app of apps) {
    app.register(redis, { url: environment.REDIS_URL, cluster: false, keyPrefix, timeoutMs: 10_000 })
    app.register(breaker, { policy, mode: 'auto', checkMs: 5 })
    await app.ready()
  }
  const clock = createClock(store, keyPrefix)
  const minutes = new Map<number, number>()
  const hours = new Map<number, number>()
  const signIns = new Map<number, number>()
  let passed = 0
  let strictUntil = 0
  let entered = 0
  return {
    take,
    entered: () => entered,
    close: async () => void (await Promise.all(apps.map((app) => app.close())))
  }

  async function take(step: Step): Promise<void> {
    if ('pass' in step) {
      await clock.pass(step.pass)
      passed += step.pass
    } else {
      const before = place(MINUTE)
      if ('fail' in step) await note(step.fail, ({ breaker }) => breaker.noteFailure(), countFailure)
      else
        await note(
          step.signIn,
          ({ breaker }) => breaker.noteSignIn(),
          () => add(signIns, place(HOUR))
        )
      // Nobody knows in which minute it was counted, when one has just ended.
      fc.pre(place(MINUTE) === before)
    }
    await audit()
  }

  /** All at once when there are several processes, else one after the other, each audited. */
  async function note(
    count: number,
    work: (app: (typeof apps)[number]) => Promise<void>,
    model: () => void
  ): Promise<void> {
    const works = Array.from({ length: count }, (_, turn) => async () => {
      const app = apps[turn % apps.length]
      if (app) await work(app)
      model()
    })
    if (processes > 1) await Promise.all(works.map((work) => work()))
    else
      for (const work of works) {
        await work()
        check(apps[0]?.breaker.isStrict() === passed < strictUntil, 'one note more or less')
      }
  }

  function countFailure(): void {
    add(minutes, place(MINUTE))
    add(hours, place(HOUR))
    const hour = place(HOUR)
    const isOn = passed < strictUntil
    const mostInTen = Math.max(
      policy.tenMinutes,
      (policy.tenMinutesFactor * usual([1, 2, 3, 4, 5, 6, 7].map((day) => hour - 24 * day))) / 6
    )
    const mostInDay = Math.max(
      policy.day,
      (policy.dayPercent / 100) * usual(Array.from({ length: 168 }, (_, ago) => hour - 24 - ago))
    )
    const isOver =
      sum(minutes, lastOnes(place(MINUTE), 11)) > (isOn ? mostInTen / 2 : mostInTen) ||
      sum(hours, lastOnes(hour, 25)) > (isOn ? mostInDay * 0.8 : mostInDay)
    if (isOver && !isOn) entered++
    if (isOver) strictUntil = passed + policy.strictSeconds
  }

  function usual(places: number[]): number {
    return Math.min(sum(hours, places), (policy.usualPercent / 100) * sum(signIns, places)) / 7
  }

  async function audit(): Promise<void> {
    const isStrict = passed < strictUntil
    const inRedis = (await store.exists(`${keyPrefix}breaker:{all}:strict`)) === 1
    check(inRedis === isStrict, isStrict ? 'not strict above the limits' : 'strict below the limits')
    await until(() => apps.every(({ breaker }) => breaker.isStrict() === isStrict))
  }

  /** The bucket that something is counted in, as `pass` moves them. */
  function place(seconds: number): number {
    return Math.floor(Date.now() / (seconds * 1_000)) + Math.floor(passed / seconds)
  }
}

for (const [how, processes] of [
  ['', 1],
  [', also when all comes at once, at two processes', 2]
] as const) {
  t.test(`the service is strict above its limits and never below them${how}`, async (t) => {
    let entered = 0
    await fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        const service = await createService(processes)
        try {
          for (const step of steps) await service.take(step)
        } finally {
          await service.close()
        }
        entered += service.entered()
      }),
      {
        numRuns: RUNS,
        interruptAfterTimeLimit: 60_000,
        markInterruptAsFailure: true,
        examples: edges.map((edge) => [edge])
      }
    )
    t.ok(entered > 0, `${entered} times`)
  })
}

function add(counts: Map<number, number>, place: number): void {
  counts.set(place, (counts.get(place) ?? 0) + 1)
}

function sum(counts: Map<number, number>, places: number[]): number {
  return places.reduce((total, place) => total + (counts.get(place) ?? 0), 0)
}

/** The last so many places up to this one. */
function lastOnes(place: number, count: number): number[] {
  return Array.from({ length: count }, (_, ago) => place - ago)
}

function check(isRight: boolean, fault: string): void {
  if (!isRight) throw new Error(fault)
}
