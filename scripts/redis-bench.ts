import { callerOf } from './bench/calls.ts'
import { type Held, heldBy } from './bench/held.ts'
import { interruption } from './bench/interruption.ts'
import { type Person, startService } from './bench/people.ts'
import { slotCost } from './bench/slot.ts'
import type { Undo } from './undo.ts'

// Measures the bytes and keys that one sign-in leaves in Redis, and for how long: `npm run bench:redis -- 2000` people, each at
// their own address, which is the most expensive case. Then measures what the service-wide counts cost, which share one slot of
// a cluster.
const MINUTE = 60
const DAY = 86_400
const CALLERS = 8
const SIGN_INS = 10_000
const people = Array.from({ length: Number(process.argv[2] ?? 2_000) }, (_, place): Person => {
  const { phone_number, address } = callerOf(place)
  return { phone: phone_number, address }
})
const undo: Undo = []
try {
  const { url, redis, pass, send, verify } = await startService(undo)
  const stages: { stage: string; held: Held }[] = []
  await everybody((person) => send(person).then(() => verify(person)), people.splice(0, 100))
  await redis.flushdb()

  await everybody(send)
  await look('code sent')
  await everybody(verify)
  await look('signed in')
  await passing('5 minutes', 5 * MINUTE)
  await passing('an hour', 55 * MINUTE)
  await everybody(async (person) => send(person).then(() => verify(person)))
  await look('again')
  await passing('a day later', DAY)
  await passing('89 days later', 88 * DAY)
  process.stdout.write(table(stages))
  const cost = await slotCost(url, SIGN_INS)
  const most = (1_000_000 / cost).toFixed(0)
  process.stdout.write(
    `\nthe slot of the service: ${cost.toFixed(0)} us of Redis a sign-in, so at most ${most} a second\n`
  )

  async function look(stage: string): Promise<void> {
    stages.push({ stage, held: await heldBy(redis, people) })
  }

  async function passing(stage: string, seconds: number): Promise<void> {
    await pass(seconds)
    await look(stage)
  }
} finally {
  for (const step of undo.reverse()) await step()
}

async function everybody(act: (person: Person) => Promise<void>, whom = people): Promise<void> {
  const left = whom.values()
  const oneAfterAnother = async () => {
    for (const person of left) {
      interruption.throwIfAborted()
      await act(person)
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, oneAfterAnother))
}

function table(stages: { stage: string; held: Held }[]): string {
  const line = (name: string, cell: (stage: (typeof stages)[number]) => string) =>
    `${name.padEnd(40)}${stages.map((stage) => cell(stage).padStart(15)).join('')}\n`
  const kinds = [...new Set(stages.flatMap(({ held }) => [...held.keys()]))].sort()
  const sum = (held: Held, of: 'keys' | 'bytes') =>
    [...held.values()].reduce((total, figures) => total + figures[of], 0)
  // In brackets: what many people share.
  const shown = ({ keys, bytes } = { keys: 0, bytes: 0 }) =>
    bytes === 0 ? '' : keys > 0.99 ? bytes.toFixed(0) : `(${bytes.toFixed(1)})`
  return [
    line('bytes a person (MEMORY USAGE)', ({ stage }) => stage),
    ...kinds.map((kind) => line(kind, ({ held }) => shown(held.get(kind)))),
    line('keys', ({ held }) => sum(held, 'keys').toFixed(1)),
    line('bytes', ({ held }) => sum(held, 'bytes').toFixed(0))
  ].join('')
}
