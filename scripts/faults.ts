import { faults } from './faults/cases.ts'
import { startRig } from './faults/rig.ts'
import { type Row, suffer, table } from './faults/suffer.ts'
import type { Undo } from './undo.ts'

// Shows what citizens see while a store, a network, a gateway or a process fails. Exits with 1 when a promise is broken. Faults
// can be selected by a part of their names: `npm run test:faults -- Redis`.
const chosen = process.argv.slice(2)
const undo: Undo = []
const rows: Row[] = []
const leftOut: string[] = []
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void tidy().finally(() => process.exit(1)))
}
try {
  const rig = await startRig(undo)
  const due = faults.filter(({ name }) => chosen.length === 0 || chosen.some((part) => name.includes(part)))
  for (const [at, fault] of due.entries()) {
    process.stderr.write(`${at + 1} of ${due.length}: ${fault.name}`)
    const lacks = fault.lacks?.(rig)
    if (lacks) {
      process.stderr.write(`, left out: it needs ${lacks}\n`)
      leftOut.push(`${fault.name} (it needs ${lacks})`)
      continue
    }
    const began = performance.now()
    const row = await suffer(rig, fault)
    rows.push(row)
    const told = row.broken.length > 0 ? `broken: ${row.broken.join(', ')}` : 'ok'
    process.stderr.write(`, ${told} (${Math.round((performance.now() - began) / 1_000)} s)\n`)
  }
} finally {
  await tidy()
}
process.stdout.write(table(rows))
if (leftOut.length > 0) process.stdout.write(`Left out: ${leftOut.join(', ')}.\n`)
if (rows.some(({ broken }) => broken.length > 0)) process.exitCode = 1

/** Undoes everything, last step first: a server that outlived this process would run on forever. */
async function tidy(): Promise<void> {
  for (const step of undo.splice(0).reverse()) {
    await Promise.resolve()
      .then(step)
      .catch((error) => process.stderr.write(`${error}\n`))
  }
}
