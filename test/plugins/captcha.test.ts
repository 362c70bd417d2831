import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { service, times } from '../guarded-service.ts'
import { randomPhone } from '../helper.ts'
import { until } from '../until.ts'

const SECRET = '0x4AAAAAAA-the-secret-of-the-widget'
const TOKEN = 'XXXX.a-token-of-the-widget.XXXX'
const UNUSED = 3

/** Answers like Turnstile's siteverify: developers.cloudflare.com/turnstile/get-started/server-side-validation. */
function answerOf(form: URLSearchParams, used: Set<string>) {
  const token = form.get('response') ?? ''
  const errors = [
    ...(form.get('secret') === SECRET ? [] : ['invalid-input-secret']),
    ...(token === TOKEN ? [] : ['invalid-input-response']),
    ...(used.has(token) ? ['timeout-or-duplicate'] : [])
  ]
  used.add(token)
  if (errors.length > 0) return { success: false, 'error-codes': errors, messages: [] }
  return {
    ...{ success: true, challenge_ts: '2026-11-27T10:00:00.000Z', hostname: 'my.example.uz' },
    ...{ 'error-codes': [], action: 'login', cdata: '', metadata: { interactive: false } }
  }
}

type Answer = (reply: ServerResponse, form: string) => void

/** A service whose strangers have to wait after `waits`, with a siteverify that gives this answer. */
async function waiting(t: Test, answer?: Answer, changes = {}) {
  const asked: { method?: string | undefined; type?: string | undefined; form: URLSearchParams }[] = []
  const used = new Set<string>()
  const siteverify = createServer(async (request, reply) => {
    const body = await text(request)
    const form = new URLSearchParams(body)
    asked.push({ method: request.method, type: request.headers['content-type'], form })
    if (answer) answer(reply, body)
    else reply.setHeader('content-type', 'application/json').end(JSON.stringify(answerOf(form, used)))
  })
  siteverify.listen(0, '127.0.0.1')
  await once(siteverify, 'listening')
  t.teardown(() => {
    siteverify.closeAllConnections()
    siteverify.close()
  })
  const { port }: Pick<AddressInfo, 'port'> = Object(siteverify.address())
  const built = await service(t, {
    LOG_LEVEL: 'trace',
    SMS_PER_HOUR: String(3 * UNUSED),
    CAPTCHA_VERIFY_URL: `http://127.0.0.1:${port}/turnstile/v0/siteverify`,
    CAPTCHA_SECRET: SECRET,
    ...changes
  })
  const waits = async () => {
    for (const _ of times(UNUSED)) await built.from().send(randomPhone())
  }
  /** Whether neither the secret nor the token is in the log. */
  const isSilent = () => !built.log.some((line) => line.includes(SECRET) || line.includes(TOKEN))
  return { ...built, asked, waits, isSilent }
}

t.test('no captcha is required, and no token is verified, while strangers are served', async (t) => {
  const { from, asked } = await waiting(t)
  t.equal((await from().send(randomPhone(), { captcha_token: TOKEN })).statusCode, 200)
  t.strictSame(asked, [])
})

t.test('a stranger who has to wait is offered a captcha, and served after solving it', async (t) => {
  const { from, asked, waits, sent, isSilent } = await waiting(t)
  await waits()
  const { send, verify, address } = from()
  const phone = randomPhone()
  t.match((await send(phone)).json(), { statusCode: 429, code: 'OTP_SEND_LIMIT', captcha: 'required' })
  t.strictSame(asked, [], 'without a token there is nothing to verify')
  t.match((await send(phone, { captcha_token: TOKEN })).json(), { code_length: 4 })
  t.equal((await verify(phone)).statusCode, 200)
  t.match(asked, [{ method: 'POST', type: /^application\/x-www-form-urlencoded/ }])
  t.strictSame(Object.fromEntries(asked[0]?.form ?? []), {
    ...{ secret: SECRET, response: TOKEN, remoteip: address }
  })
  t.equal(await sent(), UNUSED + 1)
  t.ok(isSilent())
})

t.test('a captcha does not lift a spent limit of the source or of the whole service', async (t) => {
  const spent = await waiting(t, undefined, { SMS_PER_HOUR: '3' })
  const { address } = await spent.signIn()
  for (const _ of times(2)) await spent.from(address).send(randomPhone())
  const reply = await spent.from().send(randomPhone(), { captcha_token: TOKEN })
  t.match(reply.json(), { statusCode: 503, code: 'SMS_UNAVAILABLE' })

  const { from, waits } = await waiting(t, undefined, { ADDRESS_SENDS_PER_HOUR: '1' })
  await waits()
  const { send } = from()
  t.equal((await send(randomPhone(), { captcha_token: TOKEN })).statusCode, 200)
  const refused = (await send(randomPhone(), { captcha_token: TOKEN })).json()
  t.match(refused, { statusCode: 429, code: 'OTP_SEND_LIMIT' })
})

const unsolved: Record<string, [answer: Answer | undefined, token?: string]> = {
  'that is wrong': [undefined, 'another-token'],
  'whose service fails': [
    (reply) => reply.writeHead(500).end('{"success": false, "error-codes": ["internal-error"]}')
  ],
  'whose service answers no JSON': [(reply, form) => reply.end(form)],
  'whose service quotes the token alone': [(reply) => reply.end(TOKEN)],
  'whose service answers something else': [(reply) => reply.end('{"success": "true"}')],
  'whose service answers nothing': [(reply) => reply.end('null')],
  'whose service hangs up': [(reply) => reply.destroy()],
  'whose service does not answer': [() => {}]
}

for (const [what, [answer, token = TOKEN]] of Object.entries(unsolved)) {
  t.test(`a stranger with a captcha ${what} waits, and nothing is counted`, async (t) => {
    const { from, waits, sent, kept, asked, events, isSilent } = await waiting(t, answer, {
      CAPTCHA_TIMEOUT_MS: '200'
    })
    await waits()
    const reply = await from().send(randomPhone(), { captcha_token: token })
    t.match(reply.json(), { statusCode: 429, code: 'OTP_SEND_LIMIT', captcha: 'required' })
    t.equal(asked.length, 1)
    t.strictSame([await sent(), await kept('service')], [UNUSED, UNUSED])
    const isBroken = /JSON|quotes|hangs up|does not answer/.test(what)
    t.match(events('captcha_unavailable'), isBroken ? [{ level: 40 }] : [])
    t.equal(events('captcha_unavailable').length, isBroken ? 1 : 0)
    t.ok(isSilent(), 'neither the secret nor the token is in the log')
  })
}

t.test('a captcha token buys one code: the captcha service reports its reuse', async (t) => {
  const { from, waits } = await waiting(t)
  await waits()
  t.equal((await from().send(randomPhone(), { captcha_token: TOKEN })).statusCode, 200)
  t.match((await from().send(randomPhone(), { captcha_token: TOKEN })).json(), { captcha: 'required' })
})

t.test('a captcha that is verified after the request was answered leaves no cooldown', async (t) => {
  let slow = 1_200
  let verified = 0
  const answer: Answer = (reply) => {
    setTimeout(() => {
      verified += 1
      reply.end('{"success": true}')
    }, slow)
  }
  const { from, waits } = await waiting(t, answer, { HANDLER_TIMEOUT_MS: '1000' })
  await waits()
  const { send } = from()
  const phone = randomPhone()
  t.match((await send(phone, { captcha_token: TOKEN })).json(), { statusCode: 503 })
  await until(() => verified === 1)
  // What follows the answer, if anything does, takes a few steps of Redis.
  await wait(100)
  slow = 0
  t.match((await send(phone, { captcha_token: TOKEN })).json(), { code_length: 4 })
})
