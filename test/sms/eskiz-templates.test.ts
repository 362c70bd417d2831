import t from 'tap'
import { unapproved } from '../../src/sms/eskiz-templates.ts'

const text = 'Kirish kodi: 482913. Kodni hech kimga bermang. Amal qilish vaqti: 5 daqiqa.'

/** Whether a template approves a text. */
const approves = (template: object, what = text) =>
  unapproved([what], { result: [{ status: 'service', ...template }] }).length === 0

t.test('the code and minutes may vary, however a template writes them', async (t) => {
  const places = [
    ['%w', '%d'],
    ['%d{1,6}', '%d{1,3}'],
    ['{code}', '{minutes}'],
    ['%d%d%d%d', '%w{1,2}'],
    ['1234', '10']
  ] as const
  for (const [code, minutes] of places) {
    const template = `Kirish kodi: ${code}. Kodni hech kimga bermang. Amal qilish vaqti: ${minutes} daqiqa.`
    t.ok(approves({ template }), template)
  }
})

t.test('a template without a pattern approves by its original text', async (t) => {
  t.ok(approves({ template: '', original_text: text.replace('482913', '1111') }))
})

t.test('any other difference counts, since Eskiz compares every character', async (t) => {
  for (const template of [
    text.replace('kodi', 'Kodi'),
    text.replace("'", 'ʻ'),
    text.replace('daqiqa.', 'daqiqa'),
    `${text} Reklama`,
    text.replace('Kirish kodi', '%w'),
    ''
  ])
    t.equal(approves({ template }), template === text, template)
})

t.test('line breaks and spaces may differ', async (t) => {
  t.ok(approves({ template: 'Kod:\r\n  %d\n' }, 'Kod:\n4821'))
})

t.test('only approved templates count', async (t) => {
  t.ok(approves({ template: text, status: 'reklama' }))
  for (const status of ['moderation', 'inproccess', 'rejected', null, undefined, ['service']])
    t.notOk(approves({ template: text, status }), String(status))
})

t.test('each text without a template is named', async (t) => {
  const result = [{ status: 'service', template: 'one %d' }]
  t.strictSame(unapproved(['one 1', 'two 2', 'three 3'], { result }), ['two 2', 'three 3'])
})

t.test('an answer without templates approves nothing', async (t) => {
  for (const answer of [{}, { result: null }, { result: 'text' }, { result: [null, 1, 'text', []] }])
    t.strictSame(unapproved([text], answer), [text])
})
