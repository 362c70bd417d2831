import t from 'tap'
import { PAGE_POLICY, readPage } from '../../src/http/page-files.ts'

interface Words {
  LANGUAGES: Record<string, string>
  WORDS: Record<string, Record<string, string>>
}
const { LANGUAGES, WORDS }: Words = await import(new URL('../../src/page/words.js', import.meta.url).href)
const files = readPage()
const textOf = (ending: string) =>
  files
    .filter(({ name }) => name.endsWith(ending))
    .map(({ body }) => body.toString())
    .join('\n')

t.test('the page is under 60 kB in total, and each file has a type that browsers know', async (t) => {
  const size = files.reduce((sum, { body }) => sum + body.length, 0)
  t.comment(`${size} bytes`)
  t.ok(size < 60_000, `${size}`)
  for (const { name, type } of files) t.match(type, /^(text\/(html|css|javascript)|image\/svg)/, name)
})

t.test('the page names no other host, and nothing is inline', async (t) => {
  t.notMatch(textOf(''), /https?:\/\/(?!www\.w3\.org\/2000\/svg)/)
  t.notMatch(textOf('.html'), /<style|<script(?![^>]* src=)|\son\w+=|\sstyle=/)
  t.notMatch(PAGE_POLICY, /unsafe|\*|https?:/)
})

t.test('no script turns text into HTML', async (t) => {
  t.notMatch(textOf('.js'), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function/)
})

t.test('every text exists in Uzbek, Russian and English, with the same placeholders', async (t) => {
  t.strictSame(Object.keys(WORDS), Object.keys(LANGUAGES))
  const factsOf = (words: Record<string, string> = {}) =>
    Object.entries(words).map(([key, text]) => [key, (text.match(/\{\w+\}/g) ?? []).sort()])
  for (const words of Object.values(WORDS)) t.strictSame(factsOf(words), factsOf(WORDS.en))
})
