import t from 'tap'
import { databaseUrlProblems, redisUrlProblems } from '../../src/config/url-problems.ts'

t.test('a parameter of another driver, or one that contradicts a setting, is named with a fix', async (t) => {
  const told = (query: string) => [...databaseUrlProblems({ DATABASE_URL: `postgres://u:hush@h/db${query}` })]
  for (const query of [
    ...['', '?', '?sslmode=require', '?target_session_attrs=read-write&application_name=x'],
    ...['?options=-c%20search_path%3Dx', '?connect_timeout=3', '?search_path=x', '?app.user=1', '?jit=off']
  ]) {
    t.strictSame(told(query), [], query)
  }
  t.match(told('?schema=public&sslmode=require'), [/must not have \?schema=.*search_path/])
  t.match(told('?pgbouncer=true&connection_limit=5'), [
    /\?pgbouncer=.*DATABASE_PREPARE=false/,
    /connection_limit=.*DATABASE_POOL_MAX/
  ])
  t.match(told('?pool_timeout=1'), [/set DATABASE_QUEUE_TIMEOUT_MS/])
  for (const name of ['statement_timeout', 'client_encoding', 'datestyle', 'max', 'sslcert']) {
    t.match(told(`?${name}=1`), [name])
  }
  t.match(told('?p%40ss/hush2'), [/must be a URL: write %/])
  t.notMatch(told('?p%40ss/hush2&schema=hush').join(), 'hush')
})

t.test('an invalid URL is named without its password', async (t) => {
  for (const rest of ['u:hush@h:abc/d', 'u:hush%@h/d', 'u:hush@h:99999', 'u:hush@h,two:abc']) {
    const told = [
      ...databaseUrlProblems({ DATABASE_URL: `postgres://${rest}` }),
      ...redisUrlProblems({ REDIS_URL: `redis://${rest.replace('/d', '')}` })
    ]
    t.match(told, [/^DATABASE_URL must be a URL/, /^REDIS_URL must be a URL/], rest)
    t.notMatch(told.join(), 'hush')
  }
})

t.test('the path of REDIS_URL is a database number, which must be 0 in a cluster', async (t) => {
  const told = (REDIS_URL: string, REDIS_CLUSTER = 'false') => [
    ...redisUrlProblems({ REDIS_URL, REDIS_CLUSTER })
  ]
  for (const url of ['redis://h', 'redis://h/', 'redis://h:6379/0', 'rediss://u:p@h/15?family=6'])
    t.strictSame(told(url), [], url)
  t.match(told('redis://h/cache'), ['REDIS_URL must end with the number of a database, e.g. /0'])
  t.match(told('redis://h/-1'), [/must end with the number/])
  t.strictSame(told('redis://h/0', 'true'), [])
  t.match(told('redis://h/2', 'true'), [/a cluster has only number 0/])
})

t.test('several hosts are accepted where they belong to one store', async (t) => {
  const postgres = (rest: string) => [...databaseUrlProblems({ DATABASE_URL: `postgres://${rest}` })]
  for (const rest of [
    'one,two',
    'u:a,b@one:5432,two:5433/d?target_session_attrs=read-write',
    '/d',
    '[::1]:5,h/d'
  ])
    t.strictSame(postgres(rest), [], rest)
  for (const rest of ['one,/d', ',one', 'one,,two'])
    t.match(postgres(rest), ['DATABASE_URL must name a host before and after each comma'], rest)
  for (const attributes of ['read-only', 'standby', 'prefer-standby', 'any', ''])
    t.match(postgres(`one,two/d?target_session_attrs=${attributes}`), [/read-write, or leave it out/])

  const redis = (REDIS_URL: string, REDIS_CLUSTER = 'false') => [
    ...redisUrlProblems({ REDIS_URL, REDIS_CLUSTER })
  ]
  t.strictSame(redis('redis://u:p@one:7000,two', 'true'), [])
  t.match(redis('redis://one,', 'true'), ['REDIS_URL must name a host before and after each comma'])
  t.match(redis('redis://one,two'), [/must name one host, unless/])
})

t.test('a Sentinel URL must name the primary and takes only its own parameters', async (t) => {
  const told = (rest: string, REDIS_CLUSTER = 'false') => [
    ...redisUrlProblems({ REDIS_URL: `rediss+sentinel://${rest}`, REDIS_CLUSTER })
  ]
  t.strictSame(told('u:p@one:26379,two/1?name=mymaster&sentinel_user=s&sentinel_password=hush'), [])
  t.match(told('one/0'), [/must name the primary that the sentinels watch/])
  t.match(told('one/0?name='), [/must name the primary/])
  t.match(told('one/cache?name=a'), [/must end with the number/])
  t.match(told('one?name=a&family=6'), [/no parameters but name/])
  t.match(told('one?name=a', 'true'), [
    'REDIS_CLUSTER must not be true with redis+sentinel://: a cluster needs no sentinels'
  ])
})
