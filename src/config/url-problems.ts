import { urlsOfHosts } from './hosts.ts'
import type { Environment } from './settings.ts'

/** Parameters of other drivers, or that would silently override a setting, and what to do instead. */
const FOREIGN_PARAMETERS: Record<string, string> = {
  schema: 'use options=-c%20search_path%3Dname, or leave it out: the tables are in "public"',
  connection_limit: 'set DATABASE_POOL_MAX',
  max: 'set DATABASE_POOL_MAX',
  pool_timeout: 'set DATABASE_QUEUE_TIMEOUT_MS',
  socket_timeout: 'set DATABASE_TIMEOUT_MS',
  statement_timeout: 'set DATABASE_TIMEOUT_MS',
  pgbouncer: 'set DATABASE_PREPARE=false where it is in transaction mode',
  prepare: 'set DATABASE_PREPARE',
  client_encoding: 'leave it out: it is UTF-8',
  datestyle: 'leave it out',
  ...Object.fromEntries(
    [
      'channel_binding',
      'gssencmode',
      'hostaddr',
      'passfile',
      'service',
      'sslcert',
      'sslkey',
      'sslcrl',
      'host',
      'port'
    ]
      .concat('user', 'password', 'dbname', 'sslaccept', 'sslidentity', 'sslpassword', 'statement_cache_size')
      .map((name) => [name, 'leave it out'])
  )
}

/** Why a process with this PostgreSQL URL could never connect, or would run with limits other than the settings say. */
export function* databaseUrlProblems({ DATABASE_URL = '' }: Environment): Generator<string> {
  yield* urlProblems('DATABASE_URL', DATABASE_URL)
  const attributes = /[?&]target_session_attrs=([^&]*)/.exec(DATABASE_URL)?.[1] ?? 'primary'
  if (!['read-write', 'primary'].includes(attributes))
    yield 'DATABASE_URL must have ?target_session_attrs=read-write, or leave it out: each of our calls may write'
  const [, query = ''] = DATABASE_URL.split('?', 2)
  for (const name of new Set(new URLSearchParams(query).keys())) {
    const cure = FOREIGN_PARAMETERS[name.toLowerCase()]
    // A name that is not a word may be part of a password with a question mark in it.
    if (!/^[a-z_.]{1,60}$/i.test(name)) yield* encodingProblem('DATABASE_URL')
    else if (cure) yield `DATABASE_URL must not have ?${name}=: ${cure}`
  }
}

/** An unreadable URL would end the start later on, without the name of its setting. */
function* urlProblems(name: string, url: string): Generator<string> {
  // Whether it is a URL at all is for the schema to check.
  if (!/^[a-z+]+:\/\//.test(url)) return
  try {
    const urls = urlsOfHosts(url).map((one) => new URL(one))
    for (const { username, password } of urls) decodeURIComponent(username + password)
    if (urls.length > 1 && urls.some(({ host }) => host === ''))
      yield `${name} must name a host before and after each comma`
  } catch {
    yield* encodingProblem(name)
  }
}

function* encodingProblem(name: string): Generator<string> {
  yield `${name} must be a URL: write % / ? # @ : in a user or a password as %25 %2F %3F %23 %40 %3A`
}

/** Why a Redis URL is invalid, or contradicts its settings: ioredis would silently use another database. */
export function* redisUrlProblems({ REDIS_URL = '', REDIS_CLUSTER }: Environment): Generator<string> {
  yield* urlProblems('REDIS_URL', REDIS_URL)
  const isCluster = REDIS_CLUSTER === 'true'
  const path = /^rediss?(?:\+sentinel)?:\/\/[^/?]*\/([^?]*)/.exec(REDIS_URL)?.[1] ?? ''
  if (path && !/^\d{1,4}$/.test(path)) yield 'REDIS_URL must end with the number of a database, e.g. /0'
  else if (Number(path) > 0 && isCluster)
    yield 'REDIS_URL must not name a database with REDIS_CLUSTER=true: a cluster has only number 0'
  if (/^rediss?\+sentinel:/.test(REDIS_URL)) yield* sentinelProblems(REDIS_URL, isCluster)
  else if (urlsOfHosts(REDIS_URL).length > 1 && !isCluster)
    yield 'REDIS_URL must name one host, unless they are nodes of a cluster (REDIS_CLUSTER=true) or sentinels (redis+sentinel://)'
}

function* sentinelProblems(url: string, isCluster: boolean): Generator<string> {
  if (isCluster) yield 'REDIS_CLUSTER must not be true with redis+sentinel://: a cluster needs no sentinels'
  const parameters = new URLSearchParams(url.split('?')[1])
  if (!parameters.get('name'))
    yield 'REDIS_URL must name the primary that the sentinels watch, e.g. ?name=mymaster'
  for (const name of parameters.keys())
    if (!['name', 'sentinel_user', 'sentinel_password'].includes(name))
      yield 'REDIS_URL must have no parameters but name, sentinel_user and sentinel_password'
}
