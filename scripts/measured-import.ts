import { manage } from '../src/manage/index.ts'

// Imports a file as the operator does, and prints time and peak memory to standard error. Runs in its own process, so that the
// peak is the import's alone.
const [file = ''] = process.argv.slice(2)
const start = performance.now()
process.exitCode = await manage(['import', 'django', file], process.env, process)
const seconds = (performance.now() - start) / 1000
const peakMegabytes = process.resourceUsage().maxRSS / 1024
process.stderr.write(`${JSON.stringify({ seconds, peakMegabytes })}\n`)
