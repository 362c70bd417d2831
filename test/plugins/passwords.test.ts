import { setImmediate } from 'node:timers/promises'
import argon2 from 'argon2'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import type { Config } from '../../src/config/settings.ts'
import { hashPassword } from '../../src/passwords/hash.ts'
import passwords from '../../src/plugins/passwords.ts'

const password = 'teapot Samarkand 17 violins'
const hash = await hashPassword(password)
/** Algorithm and parameters of the hash, which determine how much work it is. */
const cost = hash.split('$').slice(0, 4).join('$')

async function service(t: Test, options: Omit<Config['passwords'], 'minLength'>) {
  const app = Fastify().register(passwords, options)
  t.teardown(() => app.close())
  await app.ready()
  return app.passwords
}

/** The plugin with hashing that ends when the test says so, and the hashes it has begun to verify. */
async function withSlowHashing(t: Test, options: Omit<Config['passwords'], 'minLength'>) {
  const { verify, rehash } = await service(t, options)
  const finish: (() => void)[] = []
  const tried: string[] = []
  t.capture(argon2, 'verify', (against: string) => {
    tried.push(against)
    return new Promise<boolean>((resolve) => finish.push(() => resolve(true)))
  })
  return { verify, rehash, finish, tried }
}

t.test('the right password matches, a wrong one does not', async (t) => {
  const { verify } = await service(t, { hashConcurrency: 2, hashQueueMax: 2, hashWaitMs: 60_000 })
  t.equal(await verify(password, hash, 'known'), true)
  t.equal(await verify('another password', hash, 'known'), false)
})

t.test('without a hash every password is wrong', async (t) => {
  const { verify } = await service(t, { hashConcurrency: 2, hashQueueMax: 2, hashWaitMs: 60_000 })
  for (const missing of [null, undefined]) t.equal(await verify(password, missing, 'known'), false)
})

t.test('without a usable hash the same work is done, and matching the decoy opens nothing', async (t) => {
  for (const missing of [undefined, null, '!Django had none']) {
    const { verify, finish, tried } = await withSlowHashing(t, {
      hashConcurrency: 1,
      hashQueueMax: 0,
      hashWaitMs: 60_000
    })
    const verdict = verify(password, missing, 'known')
    finish[0]?.()
    t.equal(await verdict, false)
    t.match(tried, [cost])
  }
})

t.test('a Django hash is replaced by a better one, ours is kept', async (t) => {
  const { rehash, verify } = await service(t, { hashConcurrency: 1, hashQueueMax: 0, hashWaitMs: 60_000 })
  const better = await rehash(password, 'pbkdf2_sha256$1$salt$hash', 'known')
  t.match(better, cost)
  t.equal(await verify(password, better, 'known'), true)
  t.equal(await rehash(password, hash, 'known'), undefined)
})

t.test('a rehash waits for its turn like any other, and is refused when the queue is full', async (t) => {
  const { verify, rehash, finish } = await withSlowHashing(t, {
    hashConcurrency: 1,
    hashQueueMax: 1,
    hashWaitMs: 60_000
  })
  const first = verify(password, hash, 'known')
  let done = false
  const better = rehash(password, 'pbkdf2_sha256$1$salt$hash', 'known').finally(() => {
    done = true
  })
  await t.rejects(rehash(password, 'pbkdf2_sha256$1$salt$hash', 'known'), { code: 'SERVICE_BUSY' })
  t.equal(done, false)
  finish[0]?.()
  await first
  t.match(await better, cost)
})

t.test('at most the configured number of passwords is hashed at once, and each gets its turn', async (t) => {
  const { verify, finish, tried } = await withSlowHashing(t, {
    hashConcurrency: 3,
    hashQueueMax: 7,
    hashWaitMs: 60_000
  })
  const verdicts = Array.from({ length: 10 }, () => verify(password, hash, 'known'))
  for (let ended = 0; ended < 10; ended++) {
    t.equal(tried.length, Math.min(ended + 3, 10), `${ended} have ended`)
    finish[ended]?.()
    await verdicts[ended]
  }
  t.strictSame(await Promise.all(verdicts), Array(10).fill(true))
})

t.test(
  'a login is SERVICE_BUSY at once while the queue is full, and served when a place is free',
  async (t) => {
    const { verify, finish, tried } = await withSlowHashing(t, {
      hashConcurrency: 2,
      hashQueueMax: 1,
      hashWaitMs: 60_000
    })
    const waiting = Array.from({ length: 3 }, () => verify(password, hash, 'known'))
    for (let i = 0; i < 5; i++)
      await t.rejects(verify(password, hash, 'known'), { statusCode: 503, code: 'SERVICE_BUSY' })
    t.equal(tried.length, 2, 'refused logins hash nothing')
    finish[0]?.()
    await waiting[0]
    const next = verify(password, hash, 'known')
    for (const i of [1, 2, 3]) {
      finish[i]?.()
      await [...waiting, next][i]
    }
    t.equal(await next, true)
  }
)

t.test('a flood of strangers never delays known numbers, and has half as many places', async (t) => {
  const { verify, finish, tried } = await withSlowHashing(t, {
    hashConcurrency: 4,
    hashQueueMax: 5,
    hashWaitMs: 60_000
  })
  const strangers = Array.from({ length: 7 }, () => verify(password, hash, 'stranger'))
  t.equal(tried.length, 2)
  await t.rejects(verify(password, hash, 'stranger'), { code: 'SERVICE_BUSY' })
  const known = Array.from({ length: 4 }, () => verify(password, hash, 'known'))
  t.equal(tried.length, 6)
  for (let ended = 0; ended < 11; ended++) {
    finish[ended]?.()
    await setImmediate()
  }
  t.strictSame(await Promise.all([...strangers, ...known]), Array(11).fill(true))
})

t.test('with a queue of zero nobody waits', async (t) => {
  const { verify, finish } = await withSlowHashing(t, {
    hashConcurrency: 1,
    hashQueueMax: 0,
    hashWaitMs: 60_000
  })
  const first = verify(password, hash, 'known')
  await t.rejects(verify(password, hash, 'known'), { code: 'SERVICE_BUSY' })
  finish[0]?.()
  t.equal(await first, true)
})

t.test('a broken stored hash is an error, and does not block the logins behind it', async (t) => {
  const { verify } = await service(t, { hashConcurrency: 1, hashQueueMax: 2, hashWaitMs: 60_000 })
  const broken = t.rejects(verify(password, 'no hash at all', 'known'))
  t.equal(await verify(password, hash, 'known'), true)
  await broken
})
