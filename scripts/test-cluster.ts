import { readdirSync } from 'node:fs'
import { startCluster } from './redis-cluster.ts'
import { runTests } from './run-tests.ts'

// These tests are about a single server: behind a failing proxy, or with its own policy or clock.
const LEFT_OUT = [
  'test/plugins/metrics.test.ts',
  'test/plugins/redis.test.ts',
  'test/plugins/redis-policy.test.ts',
  'test/plugins/redis-sentinel.test.ts',
  'test/routes/health.test.ts'
]

const files = ['test/plugins', 'test/routes', 'test/flows']
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`)
  )
  .filter(
    (file) => file.endsWith('.test.ts') && !file.endsWith('-properties.test.ts') && !LEFT_OUT.includes(file)
  )

const argv = process.argv.slice(2)
const chosen = argv.some((argument) => argument.endsWith('.test.ts')) ? [] : files
await runTests(startCluster, ['--disable-coverage', ...argv, ...chosen], { TEST_REDIS_CLUSTER: 'true' })
