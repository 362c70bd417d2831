import { readFileSync } from 'node:fs'
import t from 'tap'
import { limitsPage } from '../../scripts/limits-docs.ts'

t.test('docs/limits.md matches the guard (npm run docs:settings)', async (t) => {
  t.equal(readFileSync('docs/limits.md', 'utf8'), limitsPage())
})

t.test('the default limits allow no more than was promised', async (t) => {
  t.match(
    limitsPage(),
    'gets 10 guesses a day at 4 digits (0.1 %), 30 for ever until its owner signs in (0.3 %)'
  )
  t.match(limitsPage(), '200 guesses at 4 digits and 8000 at 6, worth\n0.028 accounts')
})
