import { mkdir, readFile } from 'node:fs/promises'
import t from 'tap'
import { createMockGateway, type MockGateway, type SentMessage } from '../../src/sms/mock-gateway.ts'

const deliver = (gateway: MockGateway, to: string, text: string) =>
  gateway.send({ to, text, language: 'en', ttlSeconds: 300, signal: new AbortController().signal })

t.test('a message is kept with its number, its text and its time', async (t) => {
  const gateway = createMockGateway()
  const before = Date.now()
  await deliver(gateway, '+998901234567', 'Kirish kodi: 4821.')
  const [message] = gateway.inbox()
  t.match(message, { to: '+998901234567', text: 'Kirish kodi: 4821.' })
  const sentAt = message?.sent_at ?? ''
  t.equal(new Date(sentAt).toISOString(), sentAt)
  t.ok(Date.parse(sentAt) >= before && Date.parse(sentAt) <= Date.now())
})

t.test('the newest message stands first', async (t) => {
  const gateway = createMockGateway()
  for (const text of ['first', 'second', 'third']) await deliver(gateway, '+998901234567', text)
  t.strictSame(
    gateway.inbox().map(({ text }) => text),
    ['third', 'second', 'first']
  )
})

t.test('only the last 200 messages are kept, so memory does not grow', async (t) => {
  const gateway = createMockGateway()
  for (let i = 1; i <= 250; i++) await deliver(gateway, '+998901234567', String(i))
  t.equal(gateway.inbox().length, 200)
  t.equal(gateway.inbox()[0]?.text, '250')
  t.equal(gateway.inbox().at(-1)?.text, '51')
})

t.test('two gateways do not share an inbox', async (t) => {
  const [one, other] = [createMockGateway(), createMockGateway()]
  await deliver(one, '+998901234567', 'hello')
  t.strictSame(other.inbox(), [])
})

t.test(
  'a file that is named gets each message as one JSON line, also when many are sent at once',
  async (t) => {
    const file = `${t.testdir({})}/outbox.jsonl`
    const gateway = createMockGateway({ file })
    const texts = Array.from({ length: 50 }, (_, i) => `line ${i}\nand its second half "quoted"`)
    await Promise.all(texts.map((text) => deliver(gateway, '+998901234567', text)))
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
    const written = lines.map((line): SentMessage => JSON.parse(line))
    t.strictSame(written.map(({ text }) => text).sort(), texts.sort())
  }
)

t.test('a message that cannot be written was not sent, and the next one tries again', async (t) => {
  const folder = `${t.testdir({})}/none/yet`
  const gateway = createMockGateway({ file: `${folder}/outbox.jsonl` })
  const attempts = [deliver(gateway, '+998901234567', 'one'), deliver(gateway, '+998901234567', 'two')]
  for (const attempt of attempts) await t.rejects(attempt, { code: 'ENOENT' })
  t.strictSame(gateway.inbox(), [])
  await mkdir(folder, { recursive: true })
  await deliver(gateway, '+998901234567', 'three')
  t.match(await readFile(`${folder}/outbox.jsonl`, 'utf8'), /^[^\n]*"three"[^\n]*\n$/)
  await gateway.close()
})

t.test('a gateway that closes has written all, and can be closed without a file', async (t) => {
  const file = `${t.testdir({})}/outbox.jsonl`
  const gateway = createMockGateway({ file })
  const sent = Promise.all(['one', 'two'].map((text) => deliver(gateway, '+998901234567', text)))
  await gateway.close()
  await sent
  t.equal((await readFile(file, 'utf8')).trimEnd().split('\n').length, 2)
  await createMockGateway().close()
})
