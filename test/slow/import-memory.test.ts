import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { expectedCounts, writeDump } from '../../scripts/django-dump.ts'
import { users } from '../../src/db/schema.ts'
import { databaseUrl, db } from '../database.ts'

/** Too small to hold a hundred thousand rows: a process that did so would die. */
const heap = ['--max-old-space-size=64', '--max-semi-space-size=2']

/** Imports a file of this many rows in its own process. */
async function measure(t: Test, rows: number) {
  const file = `${t.testdir({})}/dump.json`
  await writeDump(file, rows)
  // Not compiled as tap does, which keeps a whole compiler in memory.
  const argv = ['--import', 'tsx', ...heap, 'scripts/measured-import.ts', file]
  const { stdout, stderr } = spawn(process.execPath, argv, {
    // Compiled differently, its coverage would be of other lines.
    env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl, _TAPJS_PROCESSINFO_COVERAGE_: '0' }
  })
  const [table, lines] = await Promise.all([text(stdout), text(stderr)])
  const figures: Record<string, number> = JSON.parse(lines.trimEnd().split('\n').at(-1) ?? '')
  const { seconds = Number.NaN, peakMegabytes = Number.NaN } = figures
  t.comment(`${rows} rows: ${seconds.toFixed(1)} s, peak ${peakMegabytes.toFixed(0)} MB`)
  return { imported: Number(/^user\t\d+\t(\d+)/m.exec(table)?.[1]), peakMegabytes }
}

t.test('a hundred thousand rows need hardly more memory than ten thousand', async (t) => {
  const small = await measure(t, 10_000)
  await db.delete(users)
  const big = await measure(t, 100_000)
  t.equal(await db.$count(users), big.imported)
  t.ok(big.imported > expectedCounts(100_000).users * 0.96)
  t.ok(big.peakMegabytes < small.peakMegabytes + 48)
})
