import type { FastifyRedis } from '@fastify/redis'
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import { Redis, ReplyError } from 'ioredis'
import t, { type Test } from 'tap'
import redisPolicy from '../../src/plugins/redis-policy.ts'
import { build } from '../helper.ts'
import { start } from '../process.ts'
import { withRedis } from '../redis-process.ts'

/** A Redis used by this test alone, and a client with all rights there. */
async function privateRedis(t: Test) {
  const { said } = start(t, 'test/scripts/private-redis.ts', [], { PATH: process.env.PATH })
  const url = await said(/found (.*)\n/)
  const admin = new Redis(url)
  t.teardown(() => admin.disconnect())
  return { url, admin }
}

type Answer = string | Error
/** Starts the plugin on a Redis with these answers. Returns what it logged. */
async function startOn(t: Test, answers: { config: Answer; info?: Answer }, allowEviction = false) {
  const log: string[] = []
  const app = Fastify({ logger: { stream: { write: (line: string) => log.push(line) } } })
  const say = (answer: Answer = '') => {
    if (answer instanceof Error) throw answer
    return answer
  }
  const redis = {
    config: async (_get: 'GET', name: string) => {
      const policy = say(answers.config)
      return policy ? [name, policy] : []
    },
    info: async () => say(answers.info)
  }
  app.register(
    fp(async (fastify) => void fastify.decorate('redis', redis as unknown as FastifyRedis), { name: 'redis' })
  )
  app.register(redisPolicy, { allowEviction })
  t.teardown(() => app.close())
  await app.ready()
  return log.map((line) => JSON.parse(line))
}

const forbidden = new ReplyError("ERR unknown command 'CONFIG'")

t.test('startup on a Redis that never evicts logs nothing', async (t) => {
  t.strictSame(await startOn(t, { config: 'noeviction' }), [])
})

t.test('startup on a Redis that may evict fails with a message that says what to do', async (t) => {
  // All our counters have a TTL, so the volatile-* policies may evict them too.
  for (const kind of ['allkeys-lru', 'allkeys-random', 'volatile-lru', 'volatile-ttl', 'some-day-new']) {
    await t.rejects(startOn(t, { config: kind }), {
      message: `Redis may evict the counters that stop guessers (its maxmemory-policy is ${kind}): set maxmemory-policy to noeviction there, or REDIS_ALLOW_EVICTION=true here to accept it.`
    })
  }
})

t.test('REDIS_ALLOW_EVICTION makes eviction a warning', async (t) => {
  t.match(await startOn(t, { config: 'allkeys-lru' }, true), [
    { level: 40, event: 'redis_may_evict', policy: 'allkeys-lru' }
  ])
})

t.test('where CONFIG is forbidden or empty, INFO provides the policy', async (t) => {
  for (const config of [forbidden, '']) {
    const memory = (policy: string) =>
      `# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:${policy}\r\nmem_clients:1\r\n`
    t.strictSame(await startOn(t, { config, info: memory('noeviction') }), [])
    await t.rejects(startOn(t, { config, info: memory('volatile-lfu') }), /maxmemory-policy is volatile-lfu/)
  }
})

t.test('an unknown policy is a warning and does not prevent startup', async (t) => {
  for (const info of [forbidden, '', '# Memory\r\nmaxmemory:0\r\n']) {
    t.match(await startOn(t, { config: forbidden, info }), [{ level: 40, event: 'redis_policy_unknown' }])
  }
})

t.test('startup fails if Redis goes away during the check', async (t) => {
  await t.rejects(startOn(t, { config: new Error('Command timed out') }), /timed out/)
})

withRedis('a real Redis is refused if its policy may evict, whatever its maxmemory', async (t) => {
  const { url, admin } = await privateRedis(t)
  t.equal((await build(t, { REDIS_URL: url })).app.redis.status, 'ready')
  await admin.config('SET', 'maxmemory-policy', 'volatile-ttl')
  t.strictSame(await admin.config('GET', 'maxmemory'), ['maxmemory', '0'])
  await t.rejects(build(t, { REDIS_URL: url }), /maxmemory-policy is volatile-ttl/)
  const { log } = await build(t, { REDIS_URL: url, REDIS_ALLOW_EVICTION: 'true' })
  t.match(log.join(''), /redis_may_evict/)
})

withRedis('a real Redis without CONFIG is asked through INFO; without both, startup warns', async (t) => {
  const { url, admin } = await privateRedis(t)
  await admin.config('SET', 'maxmemory-policy', 'allkeys-lru')
  const as = async (user: string, ...rules: string[]) => {
    await admin.call('ACL', 'SETUSER', user, 'on', '>secret', '~*', '&*', '+@all', ...rules)
    return Object.assign(new URL(url), { username: user, password: 'secret' }).href
  }
  const tenant = await as('tenant', '-config')
  await t.rejects(build(t, { REDIS_URL: tenant }), /maxmemory-policy is allkeys-lru/)
  const stranger = await as('stranger', '-config', '-info')
  t.match((await build(t, { REDIS_URL: stranger })).log.join(''), /redis_policy_unknown/)
})
