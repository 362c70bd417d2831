import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { OtpPurpose } from '../../src/plugins/otp.ts'
import {
  type Act,
  type Actor,
  createNumber,
  DEVICE,
  LONG_A_DAY,
  SHORT_A_DAY,
  SHORT_IN_ROW,
  type Step
} from '../guarded-number.ts'
import { build } from '../helper.ts'
import { DAY, HOUR } from '../moments.ts'

const RUNS = 25

const HOME: Actor = { address: '10.0.0.1' }
const STRANGER: Actor = { address: '10.8.8.8' }
const OTHER: Actor = { address: '10.9.9.9' }
const FAMILIAR: Actor = { address: '10.6.6.6', isFamiliar: true }
/** The device behind a carrier's address, shared with a stranger. */
const ROAMING: Actor = { address: STRANGER.address, isDevice: true }

const unknown = fc.constantFrom(HOME, STRANGER, OTHER, FAMILIAR)
const anybody = fc.constantFrom(HOME, STRANGER, OTHER, FAMILIAR, DEVICE, ROAMING)
const owner = fc.constantFrom(DEVICE, ROAMING)
const back = fc.integer({ min: 0, max: 2 })
const times = (act: fc.Arbitrary<Act>, max: number): fc.Arbitrary<Act[]> =>
  fc.tuple(act, fc.integer({ min: 1, max })).map(([act, times]) => Array.from({ length: times }, () => act))
const ask = (who = anybody) => who.map((who): Act => ({ act: 'ask', who }))
const guess = (who = anybody) => who.map((who): Act => ({ act: 'guess', who }))
const bring = fc.tuple(owner, back).map(([who, back]): Act => ({ act: 'bring', who, back }))
const withdraw = back.map((back): Act => ({ act: 'withdraw', back }))

// A step either changes codes or lets somebody succeed, never both. So the kind of code that was guessed at is known,
// even when all acts of the step happen at once.
const guesses = fc.array(fc.oneof({ weight: 4, arbitrary: times(guess(), 8) }, times(bring, 4)), {
  minLength: 1,
  maxLength: 3
})
const codes = fc.array(
  fc.oneof({ weight: 3, arbitrary: times(ask(), 2) }, times(guess(), 3), times(withdraw, 1)),
  {
    minLength: 1,
    maxLength: 4
  }
)
const purpose = fc.constantFrom<OtpPurpose>('sign-in', 'sign-in', 'sign-in', 'change-phone:somebody')
const acts = (acts: fc.Arbitrary<Act[][]>) =>
  fc.tuple(purpose, acts).map(([purpose, acts]): Step[] => [{ purpose, acts: acts.flat() }])
const pass = fc.constantFrom(1, 30, 60, 300, 900, HOUR, HOUR, 4 * HOUR, DAY).map((pass): Step[] => [{ pass }])
const signIn = fc
  .tuple(anybody, fc.array(fc.oneof(times(ask(unknown), 2), times(guess(unknown), 8)), { maxLength: 4 }))
  .map(([signIn, meanwhile]): Step[] => [{ signIn, meanwhile: meanwhile.flat() }])

/** What an attacker does in an hour. */
function attack(asker: Actor, guesser: Actor): Step[] {
  const guesses = Array.from({ length: 5 }, (): Act => ({ act: 'guess', who: guesser }))
  return [
    { purpose: 'sign-in', acts: [{ act: 'ask', who: asker }] },
    { purpose: 'sign-in', acts: guesses },
    { purpose: 'sign-in', acts: [{ act: 'guess', who: asker }] },
    { pass: HOUR }
  ]
}
const attacks = fc.tuple(anybody, anybody).map((actors) => attack(...actors))

const steps = fc
  .array(
    fc.oneof(
      { weight: 1, arbitrary: acts(guesses) },
      { weight: 2, arbitrary: acts(codes) },
      { weight: 2, arbitrary: pass },
      { weight: 1, arbitrary: signIn },
      { weight: 2, arbitrary: attacks }
    ),
    { minLength: 10, maxLength: 30 }
  )
  .map((steps) => steps.flat())
/** A day of attacks reaches the limits, whatever came before. */
const lastDay = Array.from({ length: 14 }, () => attack(OTHER, STRANGER)).flat()
/** Attacks on short codes alone, for these numbers of hours a day: two hours give ten guesses, one gives six. */
const days = (...hours: number[]) =>
  hours.flatMap((count): Step[] => [
    ...Array.from({ length: count }, () => attack(OTHER, STRANGER)).flat(),
    { pass: DAY }
  ])
/** The guesses at short codes that others can spend, in a day and in a row, while the device holds one. */
const fives = [OTHER, { address: DEVICE.address }].flatMap((who) =>
  Array.from({ length: 5 }, (): Act => ({ act: 'guess', who }))
)
/** Edge cases that a random order seldom meets. */
const edges: Step[][] = [
  [],
  // The last code is sent after 28 guesses in a row, when five and one were still possible.
  days(2, 1, 1, 1, 2),
  // What is not reserved for the asker: everything a device has.
  Array.from({ length: 14 }, () => attack(OTHER, DEVICE)).flat(),
  [{ signIn: ROAMING, meanwhile: fives }],
  [{ signIn: HOME, meanwhile: fives }],
  [...days(2, 1, 1, 1), { signIn: DEVICE, meanwhile: fives }]
]

for (const [how, processes, together] of [
  ['', 1, false],
  [', also when they come at once, by two processes,', 2, true]
] as const) {
  t.test(
    `no order of sends, guesses, successes and waits${how} takes a number past its guess limits`,
    async (t) => {
      const apps = await startApps(t, processes)
      const most = { short: 0, long: 0, shortInRow: 0 }
      await fc.assert(
        fc.asyncProperty(steps, async (steps) => {
          const number = await createNumber(apps, together)
          for (const step of [...steps, ...lastDay]) await number.take(step)
          most.short = Math.max(most.short, number.most.short)
          most.long = Math.max(most.long, number.most.long)
          most.shortInRow = Math.max(most.shortInRow, number.most.shortInRow)
        }),
        {
          numRuns: RUNS,
          interruptAfterTimeLimit: 60_000,
          markInterruptAsFailure: true,
          examples: edges.map((steps) => [steps])
        }
      )
      t.strictSame(
        most,
        { short: SHORT_A_DAY, long: LONG_A_DAY, shortInRow: SHORT_IN_ROW },
        'the limits were reached'
      )
    }
  )
}

async function startApps(t: Test, count: number) {
  const apps = []
  for (let number = 0; number < count; number++) {
    const { app } = await build(t, { REDIS_TIMEOUT_MS: '10000' })
    apps.push(app)
  }
  return apps
}
