import { isOnPath } from './find-redis.ts'
import { behindPgBouncer } from './ha/pgbouncer.ts'
import { promotion } from './ha/postgres.ts'
import { postgresPrograms } from './ha/postgres-pair.ts'
import { clusterFailover, lostWrites, sentinelFailover } from './ha/redis.ts'
import { type Row, tell } from './ha/report.ts'
import { hasPgBouncer } from './pgbouncer.ts'
import { serverDatabase } from './template-database.ts'

const database = await serverDatabase()
if (!database) {
  process.stderr.write('npm run test:ha needs a PostgreSQL server: set DATABASE_URL.\n')
  process.exit(1)
}
const { source } = database
const hasRedis = ['redis-server', 'redis-cli'].every((program) => isOnPath(program, process.env))

/** The cases by their names on the command line, and whether what they need is installed. */
const cases: [name: string, isPossible: boolean, run: () => Promise<Row>][] = [
  ['sentinel', hasRedis, () => sentinelFailover(source, 0)],
  ['sentinel', hasRedis, () => sentinelFailover(source, 1)],
  ['cluster', hasRedis, () => clusterFailover(source, 0)],
  ['cluster', hasRedis, () => clusterFailover(source, 1)],
  ['lost-writes', hasRedis, () => lostWrites(source, 0)],
  ['lost-writes', hasRedis, () => lostWrites(source, 1)],
  ['postgres', hasRedis && postgresPrograms !== undefined, promotion],
  ['pgbouncer', hasRedis && hasPgBouncer, () => behindPgBouncer(source, 'session', true)],
  ['pgbouncer', hasRedis && hasPgBouncer, () => behindPgBouncer(source, 'transaction', true)],
  ['pgbouncer', hasRedis && hasPgBouncer, () => behindPgBouncer(source, 'transaction', false)]
]

const chosen = process.argv.slice(2)
let isGood = true
tell()
for (const [name, isPossible, run] of cases) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  if (!isPossible) {
    process.stdout.write(`| ${name}: not installed here | | | | | | | |\n`)
    continue
  }
  const row = await run()
  tell(row)
  isGood &&= row.isGood
}
await database.drop()
process.exit(isGood ? 0 : 1)
