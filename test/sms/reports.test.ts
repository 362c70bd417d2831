import { createHash, createHmac } from 'node:crypto'
import t from 'tap'
import { isSignedByTelegram, readers } from '../../src/sms/reports.ts'

const read = (gateway: string, body: object) => readers[gateway]?.({ ...body })

t.test('the delivery reports of every provider are understood', async (t) => {
  const [phone, prefix] = ['+998901234567', '+99890']
  t.strictSame(
    [
      read('telegram', {
        request_id: 'a',
        phone_number: phone,
        delivery_status: { status: 'read', updated_at: 1 }
      }),
      read('eskiz', { request_id: 'b', message_id: '7', phone_number: '998901234567', status: 'DELIVRD' }),
      read('playmobile', {
        messages: [
          { 'message-id': '99890-c', status: 'Delivered' },
          { 'message-id': '99891-d', status: 'NotDelivered' }
        ]
      }),
      read('twilio', { MessageSid: 'e', To: phone, MessageStatus: 'delivered' }),
      read('webhook', { id: 'f', phone_number: phone, status: 'delivered' })
    ],
    [
      [{ gateway: 'telegram', id: 'a', prefix, phone, stage: 'delivered' }],
      [{ gateway: 'eskiz', id: 'b', prefix, phone, stage: 'delivered' }],
      [{ gateway: 'playmobile', id: '99890-c', prefix, stage: 'delivered' }],
      [{ gateway: 'twilio', id: 'e', prefix, phone, stage: 'delivered' }],
      [{ gateway: 'webhook', id: 'f', prefix, phone, stage: 'delivered' }]
    ]
  )
})

t.test('incomplete, malformed and negative reports are ignored', async (t) => {
  const phone_number = '+998901234567'
  for (const body of [
    {},
    { request_id: {}, phone_number, status: 'DELIVRD' },
    { request_id: 'b', phone_number: '12345', status: 'DELIVRD' },
    { request_id: 'b', phone_number: '1234567890123456', status: 'DELIVRD' },
    { request_id: '', phone_number, status: 'DELIVRD' },
    { request_id: 'b', status: 'DELIVRD' },
    { request_id: 'b', phone_number: { a: 1 }, status: 'DELIVRD' },
    { request_id: 'b', phone_number, status: 'EXPIRED' },
    { request_id: 'b', phone_number, status: ['DELIVRD', 'x'] }
  ])
    t.strictSame(read('eskiz', body), [], JSON.stringify(body))
  t.strictSame(read('playmobile', { messages: 'none' }), [])
  t.strictSame(read('playmobile', { messages: [null, 7, 'x'] }), [])
  t.strictSame(read('playmobile', { messages: [{ 'message-id': 'ours?', status: 'Delivered' }] }), [])
})

t.test(
  'a report is accepted as from Telegram only if signed with our token within five minutes',
  async (t) => {
    const [token, now] = ['T0KEN', Date.parse('2026-11-27T12:00:00Z')]
    const body = Buffer.from('{"request_id":"a"}')
    const sign = (timestamp: string, key = token) =>
      createHmac('sha256', createHash('sha256').update(key).digest())
        .update(`${timestamp}\n${body}`)
        .digest('hex')
    const at = (seconds: number) => String(now / 1_000 + seconds)
    const isOurs = (timestamp: string, signature: string, given = body) =>
      isSignedByTelegram(token, { timestamp, signature, body: given }, now)
    t.ok(isOurs(at(0), sign(at(0))))
    t.ok(isOurs(at(-299), sign(at(-299)).toUpperCase()))
    t.notOk(isOurs(at(-301), sign(at(-301))), 'replayed')
    t.notOk(isOurs(at(301), sign(at(301))), 'from the future')
    t.notOk(isOurs('soon', sign('soon')))
    t.notOk(isOurs(at(0), sign(at(-1))))
    t.notOk(isOurs(at(0), sign(at(0), 'other')))
    t.notOk(isOurs(at(0), sign(at(0)), Buffer.from('{"request_id":"b"}')))
    t.notOk(isOurs(at(0), ''))
  }
)
