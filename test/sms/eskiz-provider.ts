import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { createFakeProvider, type Reply } from './fake-provider.ts'

export const account = { email: 'sms@example.uz', password: 'the API password of this account' }

/** The path for messages; the rest of the API keeps working when a test makes only them fail. */
export const SEND = /sms\/send/

const refused = { status: 401, body: { status: 'error', message: 'Expired' } }

/** notify.eskiz.uz, by the Postman view 663428/RzfmES4z. It takes JSON as well as the forms of that document. */
export async function createFakeEskiz(t: Test) {
  const tokens = new Set<string>()
  const state = { balance: 250_000 as unknown, templates: [] as object[], lifeSeconds: 30 * 86_400 }
  const logins: unknown[] = []
  const sent: unknown[] = []

  const provider = await createFakeProvider(t, ({ method, path, headers, body }): Reply => {
    const isKnown = tokens.has(headers.authorization?.replace('Bearer ', '') ?? '')
    switch (`${method} ${path}`) {
      case 'POST /api/auth/login':
        logins.push(JSON.parse(body))
        return login(JSON.parse(body))
      case 'POST /api/message/sms/send':
        if (!isKnown) return refused
        sent.push(JSON.parse(body))
        return { body: { id: randomUUID(), message: 'Waiting for SMS provider', status: 'waiting' } }
      case 'GET /api/user/get-limit':
        return isKnown ? { body: { data: { balance: state.balance }, status: 'success' } } : refused
      case 'GET /api/user/templates':
        return isKnown ? { body: { success: true, result: state.templates } } : refused
      default:
        return { status: 404 }
    }
  })

  function login({ email, password }: Record<string, unknown>): Reply {
    if (email !== account.email || password !== account.password)
      return { status: 401, body: { message: 'Invalid credentials', status: 'error' } }
    const exp = Math.floor(Date.now() / 1_000) + state.lifeSeconds
    const payload = Buffer.from(JSON.stringify({ exp, role: 'user', sub: randomUUID() })).toString(
      'base64url'
    )
    const token = `eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.${payload}.c2lnbmF0dXJl`
    tokens.add(token)
    return { body: { message: 'token_generated', data: { token }, token_type: 'bearer' } }
  }

  return {
    ...provider,
    /** What a test may change. */
    state,
    logins,
    sent,
    /** Makes every token invalid. */
    expire: () => tokens.clear()
  }
}
