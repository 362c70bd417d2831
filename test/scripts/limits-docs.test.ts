import { readFileSync } from 'node:fs'
import t from 'tap'
import { limitsPage } from '../../scripts/limits-docs.ts'

t.test('docs/limits.md tells what the guard does (npm run docs:settings)', async (t) => {
  t.equal(readFileSync('docs/limits.md', 'utf8'), limitsPage())
})

t.test('what is allowed by default is no more than what was promised', async (t) => {
  t.match(limitsPage(), '| in a day, at 4 digits | 10 guesses: 0.1 % |')
  t.match(limitsPage(), 'until the owner signs in | 30 guesses: 0.3 % |')
  t.match(limitsPage(), '250 guesses stay unseen, worth\n0.025 accounts')
})
