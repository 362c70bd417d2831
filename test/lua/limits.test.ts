import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { redis } from './table.ts'

const LIMITS = readFileSync(new URL('../../src/lua/limits.lua', import.meta.url), 'utf8')
/** Mean lifetime of what is counted. */
const LIFE = 600
/** Any moment (s): the counter is told the time. */
const NOON = 1_800_000_000

/** Runs lines of Lua with limits.lua on a counter of their own; `at(s)` sets the time. */
async function run(lines: string): Promise<number[]> {
  const key = randomUUID()
  const lua = `${LIMITS}
    local life, name = ${LIFE}, KEYS[1]
    local function at(seconds) now = (${NOON} + seconds) * 1000 end
    local told = {}
    local function tell(value) told[#told + 1] = tostring(value) end
    at(0)
    ${lines}
    return told`
  const told = await redis.eval(lua, 1, key)
  await redis.del(key)
  return Array.isArray(told) ? told.map(Number) : []
}

/** Whether `found` differs from `wanted` by at most a share of it. */
const isNear = (found = Number.NaN, wanted: number, share: number) =>
  Math.abs(found - wanted) <= share * wanted

t.test('an unused counter reads as zero', async (t) => {
  t.strictSame(await run('tell(counter.read(name, life))'), [0])
})

t.test('amounts counted at one moment are read exactly, however large', async (t) => {
  const told = await run(`
    for _ = 1, 2000 do counter.add(name, life, 1) end
    tell(counter.read(name, life))
    counter.add(name, life, 100000)
    tell(counter.read(name, life))`)
  t.strictSame(told, [2_000, 102_000])
})

t.test('a steady rate reads as the count of one lifetime, even after a thousand of them', async (t) => {
  const told = await run(`
    for moment = 0, 1000 * life, 10 do
      at(moment)
      counter.add(name, life, 1)
      if moment == 20 * life or moment == 1000 * life then tell(counter.read(name, life)) end
    end`)
  // Read just after a count, so half a count more than on average.
  for (const read of told) t.ok(isNear(read, LIFE / 10 + 0.5, 0.001), `reads ${read}`)
  t.equal(told.length, 2)
})

t.test('a count fades by the same share in the same time, however often it is read', async (t) => {
  const [afterOne, afterTwo, unread] = await run(`
    counter.add(name, life, 1000)
    at(life)
    tell(counter.read(name, life))
    for second = life, 2 * life do at(second) counter.read(name, life) end
    tell(counter.read(name, life))
    redis.call('DEL', name)
    at(0)
    counter.add(name, life, 1000)
    at(2 * life)
    tell(counter.read(name, life))`)
  t.ok(isNear(afterOne, 1_000 / Math.E, 1e-6), 'after one lifetime 1/e is left')
  t.ok(isNear(afterTwo, 1_000 / Math.E ** 2, 1e-6), 'after two lifetimes, 1/e of that')
  t.equal(unread, afterTwo)
})

t.test('frequent counting does not slow down the fading', async (t) => {
  const [found] = await run(`
    counter.add(name, life, 1000)
    for second = 1, 2 * life do at(second) counter.add(name, life, 0) end
    tell(counter.read(name, life))`)
  t.ok(isNear(found, 1_000 / Math.E ** 2, 1e-5), `reads ${found}`)
})

t.test('a clock that is set back leaves the count unchanged', async (t) => {
  t.strictSame(await run('counter.add(name, life, 5) at(-3600) tell(counter.read(name, life))'), [5])
})

t.test('the wait at a full counter is exact to the second', async (t) => {
  for (const { counted, max } of [
    { counted: 20, max: 20 },
    { counted: 500, max: 20 },
    { counted: 19.001, max: 20 },
    { counted: 2, max: 2 },
    { counted: 100_000, max: 33_333 }
  ]) {
    const [wait = 0, before = 0, then] = await run(`
      counter.add(name, life, ${counted})
      local wait = counter.wait(name, ${max}, life)
      tell(wait)
      at(wait - 1)
      tell(counter.wait(name, ${max}, life))
      at(wait)
      tell(counter.wait(name, ${max}, life))`)
    t.ok(wait > 0, `${counted} of ${max}: ${wait} s`)
    t.equal(before, 1, 'one second before, one second is left')
    t.equal(then, 0, 'then one more fits')
  }
})

t.test('nobody waits while there is room', async (t) => {
  const told = await run(`
    counter.add(name, life, 19)
    tell(counter.wait(name, 20, life))
    counter.add(name, life, 1)
    tell(counter.wait(name, 20, life) > 0 and 1 or 0)`)
  t.strictSame(told, [0, 1])
})

t.test('a single place is free again once the last count is forgotten', async (t) => {
  const told = await run(`
    tell(counter.wait(name, 1, life))
    counter.add(name, life, 1)
    tell(counter.wait(name, 1, life))
    tell(redis.call('TTL', name))`)
  t.strictSame(told, [0, 10 * LIFE, 10 * LIFE])
})

t.test(
  'an amount that is given back is no longer counted, but the count never falls below zero',
  async (t) => {
    const told = await run(`
    counter.add(name, life, 5)
    counter.add(name, life, -2)
    tell(counter.read(name, life))
    counter.add(name, life, -9)
    tell(counter.read(name, life))
    counter.add(name, life, 1)
    tell(counter.read(name, life))`)
    t.strictSame(told, [3, 0, 1])
  }
)
