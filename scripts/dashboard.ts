import { parseArgs } from 'node:util'
import { crowd } from './dashboard/crowd.ts'
import { readPanels } from './dashboard/panels.ts'
import { picture } from './dashboard/picture.ts'
import { prometheus } from './dashboard/prometheus.ts'
import { provider } from './dashboard/provider.ts'
import { startService } from './dashboard/service.ts'
import { privateRedis } from './find-redis.ts'
import { serverDatabase } from './template-database.ts'
import type { Undo } from './undo.ts'

// `npm run dashboard:picture -- 6` draws deploy/grafana/citizen-auth.json as a picture: two processes serve a crowd for that many
// minutes, and Debian's Prometheus and Chromium do the rest. `--prometheus URL` draws what another Prometheus knows instead.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    prometheus: { type: 'string', default: '' },
    to: { type: 'string', default: 'docs/images/dashboard.png' }
  }
})
const minutes = Number(positionals[0] ?? 6)
const undo: Undo = []
try {
  const url = values.prometheus || (await watchedCrowd())
  const panels = await readPanels('deploy/grafana/citizen-auth.json', url, minutes * 60)
  await picture(panels, values.to)
} finally {
  for (const step of undo.reverse()) await step()
}

/** Runs the crowd; returns the address of a Prometheus that has watched it. */
async function watchedCrowd(): Promise<string> {
  const redis = await privateRedis()
  undo.push(redis.close)
  const database = await serverDatabase()
  if (!database) throw new Error('A PostgreSQL server is needed: set DATABASE_URL.')
  undo.push(database.drop)
  const operators = await provider(undo)
  const stores = { DATABASE_URL: database.source, REDIS_URL: redis.url }
  const services = await Promise.all(
    [1, 2].map(() => startService({ ...stores, ...operators.settings }, undo))
  )
  const url = await prometheus(
    services.map(({ metrics }) => metrics),
    undo
  )
  await crowd(
    services.map((service) => service.url),
    operators,
    minutes * 60
  )
  return url
}
