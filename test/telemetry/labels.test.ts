import t from 'tap'
import { operatorPrefix, toE164 } from '../../src/phone.ts'
import { methodLabel, prefixLabel } from '../../src/telemetry/labels.ts'

/** Whether every number of an operator's code is mobile, by the numbering plan of libphonenumber. */
function isMobile(code: string): boolean {
  try {
    for (let area = 0; area < 100; area++) toE164(`+998${code}${String(area).padStart(2, '0')}51234`, ['UZ'])
    return true
  } catch {
    return false
  }
}

t.test('each prefix of the numbering plan has its own label, and all others share one', async (t) => {
  for (let number = 0; number < 100; number++) {
    const code = String(number).padStart(2, '0')
    const prefix = operatorPrefix(`+998${code}1234567`)
    t.equal(prefixLabel(prefix), isMobile(code) ? prefix : 'other', code)
  }
  for (const prefix of ['', '+7999', '+4915', '998', '+998901', 'constructor', '+99890\n'])
    t.equal(prefixLabel(prefix), 'other', JSON.stringify(prefix))
})

t.test('all methods that no route has share one label', async (t) => {
  t.equal(methodLabel('PATCH'), 'PATCH')
  for (const method of ['PURGE', 'get', 'M-SEARCH', '']) t.equal(methodLabel(method), 'other')
})
