import { spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { DATA_FOLDER } from './dev-settings.ts'
import { writeDump } from './django-dump.ts'
import { templateDatabase } from './template-database.ts'

// Measures rows per second and peak memory of `manage import django`, each size on an empty database; sizes may be arguments.
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [10_000, 100_000]
const file = `${DATA_FOLDER}/bench-dump.json`

mkdirSync(DATA_FOLDER, { recursive: true })
for (const rows of sizes) {
  await writeDump(file, rows)
  const database = await templateDatabase()
  if (!database.source.startsWith('postgres')) throw new Error('No PostgreSQL answers; set DATABASE_URL.')
  const { seconds, peakMegabytes } = await measure(database.source).finally(database.drop)
  const rate = Math.round(rows / seconds)
  process.stdout.write(
    `${rows} rows   ${seconds.toFixed(1)} s   ${rate} rows/s   peak ${Math.round(peakMegabytes)} MB\n`
  )
}
rmSync(file)

async function measure(url: string): Promise<{ seconds: number; peakMegabytes: number }> {
  const { stderr } = spawn(process.execPath, ['--import', 'tsx', 'scripts/measured-import.ts', file], {
    env: { ...process.env, DATABASE_URL: url },
    stdio: ['ignore', 'ignore', 'pipe']
  })
  return JSON.parse((await text(stderr)).trimEnd().split('\n').at(-1) ?? '')
}
