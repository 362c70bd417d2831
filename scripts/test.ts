import { findRedis } from './find-redis.ts'
import { runTests } from './run-tests.ts'

await runTests(findRedis, process.argv.slice(2))
