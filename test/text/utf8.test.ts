import t from 'tap'
import { decodeUtf8, isGarbled } from '../../src/text/utf8.ts'

t.test('UTF-8 is read, without its byte order mark', async (t) => {
  t.equal(decodeUtf8(Buffer.from('\ufeffЎктам 😀')), 'Ўктам 😀')
  t.equal(decodeUtf8(new Uint8Array()), '')
})

t.test('other bytes are not text, and leave nothing behind for the next', async (t) => {
  for (const bytes of [
    [0xcf, 0xe0],
    [0x41, 0xd0],
    [0xc0, 0xaf],
    [0xed, 0xa0, 0x80],
    [0xff, 0xfe, 0x41, 0]
  ])
    t.equal(decodeUtf8(Uint8Array.from(bytes)), undefined)
  t.equal(decodeUtf8(Buffer.from('Ali')), 'Ali')
})

t.test('text made of other bytes is recognized by its replacement characters', async (t) => {
  t.ok(isGarbled(Buffer.from([0x41, 0xcf, 0xe0]).toString()))
  t.notOk(isGarbled('Ўктам 😀'))
})
