import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { createProgress } from '../../../src/manage/import/progress.ts'
import { collector } from '../run.ts'

const ERASE = '\x1b[1G\x1b[2K'

t.test('progress on a terminal rewrites one line, and makes room for messages', async (t) => {
  const { stream, text } = collector()
  const progress = createProgress(Object.assign(stream, { isTTY: true }))
  progress.show('users', 1, 4)
  t.equal(text(), '', 'nothing is shown at first')
  await wait(210)
  progress.show('users', 1, 4)
  progress.show('users', 2, 4)
  progress.say('row 7: refused')
  t.equal(text(), `${ERASE}users 25 %${ERASE}row 7: refused\n`)
  await wait(210)
  progress.show('reading, 9 rows', 9, undefined)
  progress.wipe()
  t.ok(text().endsWith(`${ERASE}reading, 9 rows${ERASE}`))
})

t.test('progress in a log is a line every ten seconds, with nothing erased', async (t) => {
  const { stream, text } = collector()
  let now = 0
  t.capture(Date, 'now', () => now)
  const progress = createProgress(stream)
  for (let second = 0; second < 25; second++) {
    now += 1_000
    progress.show('users', second, 20)
  }
  progress.say('row 7: refused')
  progress.wipe()
  t.equal(text(), 'users 45 %\nusers 95 %\nrow 7: refused\n')
})
