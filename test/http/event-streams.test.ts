import { once } from 'node:events'
import { Writable } from 'node:stream'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { createEventStreams } from '../../src/http/event-streams.ts'
import type { InboxEntry } from '../../src/sms/inbox.ts'

const entry = (place: number, text = `message ${place}`): InboxEntry => ({
  id: `${place}-0`,
  message: { to: '+998901234567', text, channel: 'sms', sent_at: '2026-01-01T00:00:00.000Z' }
})

/** Streams of an inbox that the test fills, and whose polls it triggers. */
function open(t: Test) {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const inbox = { entries: [] as InboxEntry[], asked: 0, isAway: false }
  const streams = createEventStreams({
    async after(id) {
      inbox.asked += 1
      if (inbox.isAway) throw new Error('Redis is away')
      return inbox.entries.filter((each) => Number.parseInt(each.id, 10) > Number.parseInt(id, 10))
    }
  })
  const looks = async (count = 1) => {
    for (let look = 0; look < count; look++) {
      mock.timers.tick(200)
      await new Promise(setImmediate)
    }
  }
  return { inbox, streams, looks }
}

/** A socket that reads everything, or nothing. */
function socket({ reads = true } = {}) {
  let text = ''
  const stream = new Writable({
    highWaterMark: 16_384,
    write(chunk, _encoding, done) {
      text += chunk
      if (reads) done()
    }
  })
  return { stream, text: () => text }
}

t.test('a reader gets the messages after its position, then new ones, with positions', async (t) => {
  const { inbox, streams, looks } = open(t)
  inbox.entries = [entry(1), entry(2)]
  const { stream, text } = socket()
  streams.add(stream, '1-0')
  await looks()
  inbox.entries.push(entry(3))
  await looks(2)
  t.strictSame(text().match(/^id: .*$/gm), ['id: 2-0', 'id: 3-0'])
  t.match(text(), /^retry: 1000\n\nid: 2-0\ndata: \{"to":"\+998901234567","text":"message 2"/)
})

t.test('a message with line breaks in it is one event', async (t) => {
  const { inbox, streams, looks } = open(t)
  inbox.entries = [entry(1, 'one\n\ndata: {"text":"forged"}\r\n\r\nid: 9-0')]
  const { stream, text } = socket()
  streams.add(stream, '0-0')
  await looks()
  t.strictSame(text().match(/^(id|data): /gm), ['id: ', 'data: '])
})

t.test('a reader that never reads gets nothing more and is dropped after 30 seconds', async (t) => {
  const { inbox, streams, looks } = open(t)
  const { stream } = socket({ reads: false })
  streams.add(stream, '0-0')
  inbox.entries = Array.from({ length: 200 }, (_, place) => entry(place + 1, 'x'.repeat(200)))
  await looks(2)
  const [held, { asked }] = [stream.writableLength, inbox]
  inbox.entries = Array.from({ length: 200 }, (_, place) => entry(place + 1_001, 'x'.repeat(200)))
  await looks(148)
  t.equal(stream.writableLength, held, 'its buffer does not grow')
  t.equal(inbox.asked, asked, 'nothing is fetched for it')
  t.notOk(stream.destroyed)
  await looks(3)
  t.ok(stream.destroyed)
})

t.test('a client that left before its turn takes no place', async (t) => {
  const { inbox, streams, looks } = open(t)
  const { stream } = socket()
  stream.destroy()
  await once(stream, 'close')
  for (let reader = 0; reader < 100; reader++) streams.add(stream, '0-0')
  t.notOk(streams.isFull())
  await looks(3)
  t.equal(inbox.asked, 0)
})

t.test('an idle stream sends a keep-alive after 15 seconds', async (t) => {
  const { streams, looks } = open(t)
  const { stream, text } = socket()
  streams.add(stream, '0-0')
  await looks(73)
  t.notMatch(text(), ': \n')
  await looks(2)
  t.match(text(), /\n: \n\n$/)
})

t.test('messages that arrived during a Redis outage are sent after it', async (t) => {
  const { inbox, streams, looks } = open(t)
  const { stream, text } = socket()
  inbox.isAway = true
  streams.add(stream, '0-0')
  inbox.entries = [entry(1)]
  await looks(3)
  t.notMatch(text(), 'id: 1-0')
  inbox.isAway = false
  await looks()
  t.match(text(), 'id: 1-0')
})

t.test('at most a hundred readers are served, and polling stops with the last', async (t) => {
  const { inbox, streams, looks } = open(t)
  const sockets = Array.from({ length: 100 }, () => socket())
  for (const { stream } of sockets) {
    t.notOk(streams.isFull())
    streams.add(stream, '0-0')
  }
  t.ok(streams.isFull())
  sockets[0]?.stream.destroy()
  await looks()
  t.notOk(streams.isFull())
  streams.close()
  await looks()
  const { asked } = inbox
  await looks(5)
  t.equal(inbox.asked, asked)
})

t.test('nothing is written to a stream that ends while the inbox is read', async (t) => {
  const { inbox, streams, looks } = open(t)
  inbox.entries = [entry(1)]
  const { stream, text } = socket()
  streams.add(stream, '0-0')
  streams.close()
  await looks()
  t.equal(text(), 'retry: 1000\n\n')
})
