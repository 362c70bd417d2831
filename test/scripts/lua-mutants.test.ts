import t from 'tap'
import { luaMutants } from '../../scripts/mutation/lua-mutants.ts'

const mutants = (source: string) => luaMutants(source).map(({ mutated }) => mutated)

t.test('each mutant changes one thing, in the order of the script', async (t) => {
  t.strictSame(mutants('if not a or b > 2 then x = -1 end'), [
    'if a or b > 2 then x = -1 end',
    'if false then x = -1 end',
    'if not a and b > 2 then x = -1 end',
    'if not a or b >= 2 then x = -1 end',
    'if not a or b > 3 then x = -1 end',
    'if not a or b > 2 then x = -2 end'
  ])
  t.strictSame(mutants('return math.max(n - 0.5, 0)'), [
    'return math.min(n - 0.5, 0)',
    'return math.max(n + 0.5, 0)',
    'return math.max(n - 1.5, 0)',
    'return math.max(n - 0.5, 1)'
  ])
  t.strictSame(mutants('return 0'), ['return 1'])
})

t.test('a call whose value is unused is deleted, even if it has two lines', async (t) => {
  const source = "x = 'y'\nredis.call('SET', KEYS[1],\n  ')')\nreturn x"
  t.strictSame(luaMutants(source), [
    { line: 2, original: "redis.call('SET', KEYS[1],", mutated: '', source: "x = 'y'\n\nreturn x" }
  ])
  t.strictSame(mutants('for f in g do record(f) end'), ['for f in g do  end'])
})

t.test('comments, strings and the indexes of keys are left alone', async (t) => {
  t.strictSame(mutants("-- 1 + 1\nlocal a = KEYS[1] .. ' and 2 > 1' -- not 3"), [])
})
