import { mkdir, readFile } from 'node:fs/promises'
import t from 'tap'
import type { Gateway } from '../../src/sms/gateway.ts'
import { createMockGateway } from '../../src/sms/mock-gateway.ts'

const deliver = (gateway: Gateway, to: string, text: string) =>
  gateway.send({ to, text, language: 'en', ttlSeconds: 300, signal: new AbortController().signal })

t.test('a message is accepted as an SMS that costs nothing', async (t) => {
  const taken = await deliver(createMockGateway(), '+998901234567', 'Kirish kodi: 4821.')
  t.match(taken, { channel: 'sms', parts: 1, cost: 0, providerId: /^[0-9a-f-]{36}$/ })
})

t.test('the configured file gets each message as one JSON line, even if many are sent at once', async (t) => {
  const file = `${t.testdir({})}/outbox.jsonl`
  const gateway = createMockGateway({ file })
  const texts = Array.from({ length: 50 }, (_, i) => `line ${i}\nand its second half "quoted"`)
  await Promise.all(texts.map((text) => deliver(gateway, '+998901234567', text)))
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
  const written = lines.map((line): Record<'to' | 'text' | 'sent_at', string> => JSON.parse(line))
  t.strictSame(written.map(({ text }) => text).sort(), texts.sort())
  for (const { to, sent_at } of written)
    t.strictSame({ to, sent_at }, { to: '+998901234567', sent_at: new Date(sent_at).toISOString() })
})

t.test('a message that cannot be written fails, and the next one tries again', async (t) => {
  const folder = `${t.testdir({})}/none/yet`
  const gateway = createMockGateway({ file: `${folder}/outbox.jsonl` })
  const attempts = [deliver(gateway, '+998901234567', 'one'), deliver(gateway, '+998901234567', 'two')]
  for (const attempt of attempts) await t.rejects(attempt, { code: 'ENOENT' })
  await mkdir(folder, { recursive: true })
  await deliver(gateway, '+998901234567', 'three')
  t.match(await readFile(`${folder}/outbox.jsonl`, 'utf8'), /^[^\n]*"three"[^\n]*\n$/)
  await gateway.close()
})

t.test('a closed gateway has written everything, and closes without a file too', async (t) => {
  const file = `${t.testdir({})}/outbox.jsonl`
  const gateway = createMockGateway({ file })
  const sent = Promise.all(['one', 'two'].map((text) => deliver(gateway, '+998901234567', text)))
  await gateway.close()
  await sent
  t.equal((await readFile(file, 'utf8')).trimEnd().split('\n').length, 2)
  await createMockGateway().close()
})
