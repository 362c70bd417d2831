import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { redis } from './table.ts'

const LIMITS = readFileSync(new URL('../../src/lua/limits.lua', import.meta.url), 'utf8')
/** Mean life of what is counted. */
const LIFE = 600
/** Some moment (s); the counter is told what time it is. */
const NOON = 1_800_000_000

/** Runs lines of Lua on a counter of its own, with what limits.lua has; `at(s)` makes it so late. */
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

/** Whether two figures differ by less than a share. */
const isNear = (found = Number.NaN, wanted: number, share: number) =>
  Math.abs(found - wanted) <= share * wanted

t.test('a counter that nobody has counted reads as nothing', async (t) => {
  t.strictSame(await run('tell(counter.read(name, life))'), [0])
})

t.test('what is counted at once is read exactly, however much it is', async (t) => {
  const told = await run(`
    for _ = 1, 2000 do counter.add(name, life, 1) end
    tell(counter.read(name, life))
    counter.add(name, life, 100000)
    tell(counter.read(name, life))`)
  t.strictSame(told, [2_000, 102_000])
})

t.test('a steady rate reads as what came in its time, also after a thousand times of it', async (t) => {
  const told = await run(`
    for moment = 0, 1000 * life, 10 do
      at(moment)
      counter.add(name, life, 1)
      if moment == 20 * life or moment == 1000 * life then tell(counter.read(name, life)) end
    end`)
  // Read just after one was counted: half a one more than between two.
  for (const read of told) t.ok(isNear(read, LIFE / 10 + 0.5, 0.001), `reads ${read}`)
  t.equal(told.length, 2)
})

t.test('what was counted fades, by the same share in the same time, however often it is read', async (t) => {
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
  t.ok(isNear(afterOne, 1_000 / Math.E, 1e-6), 'after one life a 2.718th is left')
  t.ok(isNear(afterTwo, 1_000 / Math.E ** 2, 1e-6), 'after two, that of a 2.718th')
  t.equal(unread, afterTwo)
})

t.test('what is counted often fades no less than what is counted once', async (t) => {
  const [found] = await run(`
    counter.add(name, life, 1000)
    for second = 1, 2 * life do at(second) counter.add(name, life, 0) end
    tell(counter.read(name, life))`)
  t.ok(isNear(found, 1_000 / Math.E ** 2, 1e-5), `reads ${found}`)
})

t.test('a clock that is set back makes nothing of what was counted', async (t) => {
  t.strictSame(await run('counter.add(name, life, 5) at(-3600) tell(counter.read(name, life))'), [5])
})

t.test('who may not be counted is told a wait that is true to the second', async (t) => {
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
    t.equal(before, 1, 'a second before, a second is left')
    t.equal(then, 0, 'then one more fits')
  }
})

t.test('so many may be counted as there is room for, and nobody waits for that', async (t) => {
  const told = await run(`
    counter.add(name, life, 19)
    tell(counter.wait(name, 20, life))
    counter.add(name, life, 1)
    tell(counter.wait(name, 20, life) > 0 and 1 or 0)`)
  t.strictSame(told, [0, 1])
})

t.test('where there is room for one, it is free when the last is forgotten', async (t) => {
  const told = await run(`
    tell(counter.wait(name, 1, life))
    counter.add(name, life, 1)
    tell(counter.wait(name, 1, life))
    tell(redis.call('TTL', name))`)
  t.strictSame(told, [0, 10 * LIFE, 10 * LIFE])
})

t.test(
  'an amount that is given back is not counted, and never makes room for more than there is',
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
