import t from 'tap'
import { signatureOf } from '../../src/sms/signature.ts'

t.test('a signature equals the one openssl makes, for text and for bytes', async (t) => {
  // printf '1795791914\n{"a":"ў"}' | openssl dgst -sha256 -hmac key
  const made = 'aaff9bc92d3782216a9ebe83eb3e883e763507bbcd69025b498cad1f17bd5f8e'
  const body = '{"a":"ў"}'
  t.equal(signatureOf('key', '1795791914', body), made)
  t.equal(signatureOf(Buffer.from('key'), '1795791914', Buffer.from(body)), made)
})

t.test('a different key, time or body gives a different signature', async (t) => {
  const signed = signatureOf('key', '1', 'body')
  for (const other of [
    signatureOf('keys', '1', 'body'),
    signatureOf('key', '2', 'body'),
    signatureOf('key', '1', 'Body')
  ])
    t.not(other, signed)
})
