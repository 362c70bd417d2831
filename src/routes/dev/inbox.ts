import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { Gateway } from '../../sms/gateway.ts'
import { isMockGateway, type MockGateway } from '../../sms/mock-gateway.ts'

const querystring = Type.Object({ phone_number: Type.Optional(Type.String()) })
const hide = true

interface InboxOptions {
  debug: boolean
  gateways: readonly Gateway[]
}

/** The SMS that the mock gateway did not send, as a page that refreshes itself and as JSON. Only with DEBUG. */
const inbox: FastifyPluginAsyncTypebox<InboxOptions> = async (fastify, { debug, gateways }) => {
  const gateway = gateways.find(isMockGateway)
  if (!debug || !gateway) return

  fastify.get('/inbox.json', { schema: { hide, querystring } }, async (request) => {
    return messages(gateway, request)
  })

  fastify.get('/inbox', { schema: { hide, querystring } }, async (request, reply) => {
    reply.type('text/html; charset=utf-8')
    reply.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
    return page(messages(gateway, request))
  })
}

function messages(
  gateway: MockGateway,
  request: Pick<FastifyRequest, 'toE164'> & { query: Static<typeof querystring> }
) {
  const { phone_number: typed } = request.query
  const wanted = typed && request.toE164(typed)
  return gateway.inbox().filter(({ to }) => !wanted || to === wanted)
}

function page(messages: ReturnType<MockGateway['inbox']>): string {
  const rows = messages.map(
    ({ to, text, sent_at }) => `<tr><td><time>${sent_at.slice(11, 19)}</time><td>${to}<td>${escapeHtml(text)}`
  )
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="2">
<meta name="viewport" content="width=device-width">
<title>SMS inbox (${messages.length})</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
  table { border-collapse: collapse; width: 100% }
  td, th { text-align: left; vertical-align: top; padding: .5rem .75rem; border-bottom: 1px solid #ddd }
  td:nth-child(-n+2) { white-space: nowrap; font-variant-numeric: tabular-nums }
  p { color: #555 }
</style>
<h1>SMS inbox</h1>
<p>What the mock gateway would have sent, newest first (UTC). The page refreshes itself.
${rows.length === 0 ? '<p>Nothing yet: call <code>POST /api/auth/send-otp/</code>.' : ''}
<table><thead><tr><th>Time<th>To<th>Text<tbody>
${rows.join('\n')}
</table>
`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

export default inbox
