import t from 'tap'
import { fuzzSettings } from '../../scripts/fuzz/accounts.ts'
import { fuzz } from '../../scripts/fuzz/run.ts'
import { migrate } from '../../src/db/migrate.ts'
import { emptyDatabase } from '../db/empty-database.ts'
import { settings } from '../helper.ts'

/** `npm run fuzz` sends a hundred thousand with other seeds, and watches memory too. */
const REQUESTS = 1_000
const SEED = 1
/** Of some twenty; which ones are reached is chance. */
const CALLS_REACHED = 6

t.test('whatever is sent, no reply is a 5xx or missing from the API document', async (t) => {
  const report = await fuzz(settings(fuzzSettings), { requests: REQUESTS, seed: SEED, say: () => {} })
  t.strictSame(report.findings, [])
  t.ok(report.requests >= REQUESTS)
  const reached = [...report.replies].filter(([, statuses]) => statuses.has(200)).map(([call]) => call)
  t.ok(reached.length >= CALLS_REACHED, `not all is refused at the door: ${reached.join(', ')}`)
})

t.test('each finding is reported once, with a request that shows it', async (t) => {
  const url = await emptyDatabase(t)
  await migrate(url)
  const spent = { ...fuzzSettings, DATABASE_URL: url, SMS_PER_HOUR: '1', SMS_PER_DAY: '1' }
  const { findings } = await fuzz(settings(spent), { requests: 200, seed: SEED, say: () => {} })
  const [finding = ''] = findings.filter((told) => told.startsWith('sendOtp: 503'))
  t.match(finding, 'SMS_UNAVAILABLE')
  t.match(finding, '"url":"/api/auth/send-otp')
  t.equal(new Set(findings).size, findings.length)
})
