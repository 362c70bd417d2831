import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Undo } from '../undo.ts'

export type Provider = Awaited<ReturnType<typeof provider>>

const SECRET = 'a-secret-of-the-dashboard-for-reports'

/** Simulates two gateways that deliver to phones in this process: a webhook, which can break down, and Play Mobile. */
export async function provider(undo: Undo) {
  const codes = new Map<string, string>()
  const sent: { id: string; phone_number: string }[] = []
  let isBroken = false
  const server = createServer(async (request, response) => {
    const body = JSON.parse(await text(request))
    if (request.url === '/webhook') {
      if (isBroken) return response.writeHead(503).end()
      codes.set(body.to, body.code)
      sent.push({ id: body.id, phone_number: body.to })
      return response.end(JSON.stringify({ id: body.id, parts: 1, cost: 95 }))
    }
    const [message] = body.messages
    codes.set(`+${message.recipient}`, /\b\d{4,8}\b/.exec(message.sms.content.text)?.[0] ?? '')
    return response.end('Request is received')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  undo.push(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    codeFor: (phone: string) => codes.get(phone) ?? '',
    /** The webhook's delivery reports, each returned only once. */
    takeReports: () => sent.splice(0).map((message) => ({ ...message, status: 'delivered' })),
    reportPath: `/callbacks/webhook/${SECRET}/`,
    breakDown: (now: boolean) => {
      isBroken = now
    },
    settings: {
      ...{ SMS_GATEWAYS: 'webhook,playmobile', WEBHOOK_URL: `${url}/webhook`, WEBHOOK_SECRET: SECRET },
      ...{ PLAYMOBILE_URL: url, PLAYMOBILE_LOGIN: 'dashboard', PLAYMOBILE_PASSWORD: 'dashboard' },
      ...{ SMS_CALLBACK_URL: 'https://auth.example.uz', SMS_CALLBACK_SECRET: SECRET }
    }
  }
}
