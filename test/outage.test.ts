import { sql } from 'drizzle-orm'
import { Redis } from 'ioredis'
import t from 'tap'
import { freePort } from '../scripts/find-redis.ts'
import { connect } from '../src/db/client.ts'
import { isOutage, isUnmigrated } from '../src/outage.ts'
import { db } from './database.ts'
import { redis } from './helper.ts'

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error
  )
const named = (name: string, fields: { message?: string; code?: string }) =>
  Object.assign(new Error(fields.message), { name, ...fields })

t.test('an unreachable PostgreSQL is an outage, also through Drizzle', async (t) => {
  const url = `postgres://nobody@127.0.0.1:${await freePort()}/nothing`
  const { db, close } = connect({ url, poolMax: 1, timeoutMs: 1_000 })
  t.teardown(close)
  const error = await failure(db.execute(sql`select 1`))
  t.match(error, { cause: Error })
  t.ok(isOutage(error))
})

t.test('an unreachable Redis is an outage', async (t) => {
  const options = {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: null
  }
  const client = new Redis(await freePort(), '127.0.0.1', options)
  client.on('error', () => {})
  t.teardown(() => client.disconnect())
  t.ok(isOutage(await failure(client.connect())))
  t.ok(isOutage(await failure(client.ping())))
})

t.test('a statement that PostgreSQL refuses is a bug, not an outage', async (t) => {
  for (const mistake of ['select nothing', 'select 1/0', "select 'x'::uuid"]) {
    const error = await failure(db.execute(sql.raw(mistake)))
    t.type(error, Error, mistake)
    t.notOk(isOutage(error), mistake)
  }
})

t.test('a command that Redis refuses is a bug, not an outage', async (t) => {
  const error = await failure(redis.call('NOSUCHCOMMAND'))
  t.match(error, { name: 'ReplyError' })
  t.notOk(isOutage(error))
})

t.test('a network error is an outage, however deeply it is wrapped', async (t) => {
  for (const code of [
    'ECONNREFUSED',
    'ECONNRESET',
    'ETIMEDOUT',
    'ENOTFOUND',
    'CONNECTION_CLOSED',
    'CONNECT_TIMEOUT',
    ...['ECONNABORTED', 'EPROTO', 'EHOSTDOWN', 'ENETDOWN', 'EAI_FAIL', 'EMFILE', 'ENFILE', 'ENOBUFS']
  ]) {
    const error = named('Error', { code })
    t.ok(isOutage(new Error('outside', { cause: new Error('inside', { cause: error }) })), code)
  }
})

t.test('a store with an untrusted certificate, or without TLS, is an outage', async (t) => {
  for (const code of [
    ...['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'CERT_REVOKED', 'CRL_HAS_EXPIRED', 'HOSTNAME_MISMATCH'],
    ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ...[
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'ERROR_IN_CERT_NOT_AFTER_FIELD',
      'INVALID_CA',
      'INVALID_PURPOSE'
    ],
    ...['PATH_LENGTH_EXCEEDED', 'ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_SSL_WRONG_VERSION_NUMBER']
  ]) {
    t.ok(isOutage(named('Error', { code })), code)
  }
  t.notOk(isOutage(named('TypeError', { code: 'ERR_INVALID_ARG_TYPE' })))
})

t.test('a prepared statement that is gone or predates a migration is an outage', async (t) => {
  t.ok(isOutage(await failure(db.execute('execute gone'))))
  const stale = await failure(
    db.transaction(async (tx) => {
      await tx.execute('create temporary table plans (a int) on commit drop')
      await tx.execute('prepare stale as select * from plans')
      await tx.execute('alter table plans add b int')
      await tx.execute('execute stale')
    })
  )
  t.match(stale, { cause: { code: '0A000' } })
  t.ok(isOutage(stale))
  t.notOk(isOutage(named('PostgresError', { code: '0A000', message: 'not supported' })))
})

t.test('a PostgreSQL that is full, starting, stopping or too slow is an outage', async (t) => {
  const states = {
    admin_shutdown: '57P01',
    starting: '57P03',
    too_slow: '57014',
    full: '53300',
    connection: '08006',
    deadlock: '40P01'
  }
  for (const [state, code] of Object.entries(states)) t.ok(isOutage(named('PostgresError', { code })), state)
  for (const code of ['23505', '22021', '42601']) t.notOk(isOutage(named('PostgresError', { code })), code)
  t.notOk(isOutage(named('Error', { code: '57P01' })), 'another error with such a code')
})

t.test('a PostgreSQL that is broken or misconfigured is an outage', async (t) => {
  const states = {
    io_error: '58030',
    wrong_password: '28P01',
    not_in_pg_hba: '28000',
    no_such_database: '3D000',
    disk_full: '53100',
    data_corrupted: 'XX001',
    lock_not_available: '55P03',
    read_only: '25006',
    no_privilege: '42501'
  }
  for (const [state, code] of Object.entries(states)) t.ok(isOutage(named('PostgresError', { code })), state)
})

t.test('a missing table, column or schema means pending migrations', async (t) => {
  for (const mistake of ['select from nowhere', 'select nothing from users', 'select from nowhere.users']) {
    t.ok(isUnmigrated(await failure(db.execute(sql.raw(mistake)))), mistake)
  }
  t.notOk(isUnmigrated(await failure(db.execute(sql`select 1/0`))))
})

t.test('a Redis that is loading, full, read-only or silent is an outage', async (t) => {
  for (const word of [
    ...['LOADING', 'READONLY', 'OOM', 'MASTERDOWN', 'CLUSTERDOWN', 'MOVED', 'BUSY', 'NOAUTH', 'NOPERM'],
    ...['NOREPLICAS', 'MISCONF', 'WRONGPASS', 'DENIED', 'EXECABORT', 'ERR max number of clients reached']
  ]) {
    t.ok(isOutage(named('ReplyError', { message: `${word} and some explanation` })), word)
  }
  for (const message of ['Command timed out', 'Connection is closed.'])
    t.ok(isOutage(new Error(message)), message)
  for (const name of ['MaxRetriesPerRequestError', 'ClusterAllFailedError'])
    t.ok(isOutage(named(name, {})), name)
  t.notOk(isOutage(named('ReplyError', { message: 'WRONGTYPE of key' })))
  t.notOk(isOutage(named('ReplyError', { message: 'OOMPH is not a word of Redis' })))
})

t.test('unrecognised values are no outage', async (t) => {
  for (const thrown of [
    undefined,
    null,
    'ECONNREFUSED',
    { code: 'ECONNREFUSED' },
    new Error('x', { cause: 'y' })
  ]) {
    t.notOk(isOutage(thrown))
  }
  t.notOk(isOutage(Object.assign(new Error('odd'), { code: 57 })))
})
