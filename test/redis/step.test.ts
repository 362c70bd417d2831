import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { defineStep } from '../../src/redis/step.ts'
import { connectRedis } from '../helper.ts'

t.test('keys and arguments are passed by name, whatever their order', async (t) => {
  const redis = connectRedis(`test:${randomUUID()}:`)
  t.teardown(() => redis.quit())
  const take = defineStep<number>()(redis, 'window-take', {
    keys: ['window'],
    args: { seconds: Number, name: String, places: Number }
  })
  const key = { window: '{one}' }
  t.equal(await take(key, { name: 'first', places: 1, seconds: 60 }), 0)
  t.ok((await take(key, { places: 1, seconds: 60, name: 'second' })) > 58)
  t.strictSame(await redis.zrange('{one}', '0', '-1'), ['first'])
  t.strictSame(await redis.exists('window'), 0)
  await redis.del('{one}')
})

t.test('steps that are called together take only the free places', async (t) => {
  const redis = connectRedis(`test:${randomUUID()}:`)
  t.teardown(() => redis.quit())
  const take = defineStep<number>()(redis, 'window-take', {
    keys: ['window'],
    args: { name: String, places: Number, seconds: Number }
  })
  const names = Array.from({ length: 20 }, (_, place) => `n${place}`)
  const waits = await Promise.all(
    names.map((name) => take({ window: '{two}' }, { name, places: 5, seconds: 60 }))
  )
  t.equal(waits.filter((wait) => wait === 0).length, 5)
  await redis.del('{two}')
})

t.test('no step refers to KEYS or ARGV by hand', async (t) => {
  for (const file of readdirSync('src/lua').filter((file) => file.endsWith('.lua')))
    t.notMatch(readFileSync(`src/lua/${file}`, 'utf8'), /KEYS|ARGV/, file)
})
