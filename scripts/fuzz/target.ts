import type { AddressInfo } from 'node:net'
import { buildApp } from '../../src/app.ts'
import type { Config } from '../../src/config/settings.ts'
import { insertDepartment } from '../../src/db/departments.ts'
import { insertStaff } from '../../src/db/staff.ts'
import { hashPassword } from '../../src/passwords/hash.ts'
import { CALLBACK_SECRET, PHONES, REVIEWER, STAFF } from './accounts.ts'
import { bytesOf, exchange, type FuzzRequest } from './wire.ts'

export interface Reply {
  status: number
  headers: Record<string, unknown>
  body: string
}

export type Target = Awaited<ReturnType<typeof startTarget>>

/** Starts the service in this process, with a staff account, and remembers what it issued last. */
export async function startTarget(config: Config) {
  const codes = new Map<string, string>()
  const app = buildApp(config, {
    smsGateways: [
      {
        name: 'fuzz',
        async send({ to, text }) {
          if (PHONES.includes(to)) codes.set(to, /\b\d{4,8}\b/.exec(text)?.[0] ?? '')
          return { providerId: to, channel: 'sms', parts: 1 }
        }
      }
    ]
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const department = await insertDepartment(app.db, 'Fuzz')
  if (!department) throw new Error('The fuzz needs a database of its own.')
  const passwordHash = await hashPassword(STAFF.password)
  await insertStaff(app.db, { ...STAFF, fullName: 'Fuzz', passwordHash, departmentId: department.id })
  /** The values that replace the words in angle brackets. */
  const last: Record<string, string> = { callback: CALLBACK_SECRET, password: STAFF.password }

  await signIn('verify-otp', REVIEWER)
  await signIn('staff-login', { phone_number: STAFF.phone, password: STAFF.password })
  return { app, send, close: () => app.close() }

  /** Sends a request with its words filled in; undefined when the service hung up without a reply. */
  async function send(request: FuzzRequest): Promise<Reply | undefined> {
    const filled = fill(request)
    const reply = filled.wire ? await overSocket(filled) : await injected(filled)
    if (reply?.status === 200) remember(reply.body)
    const mayHaveEnded = reply?.status === 204 || reply?.body.includes('"SESSION_ENDED"')
    if (mayHaveEnded && /<(access|refresh)>/.test(JSON.stringify(request)))
      await signIn('verify-otp', REVIEWER)
    return reply
  }

  async function signIn(call: 'verify-otp' | 'staff-login', payload: object): Promise<void> {
    remember((await app.inject({ method: 'POST', url: `/api/auth/${call}/`, payload })).body)
  }

  function fill({ body, ...request }: FuzzRequest): FuzzRequest {
    const phone = typeof body === 'string' ? PHONES.find((phone) => body.includes(phone)) : undefined
    const words = { ...last, code: codes.get(phone ?? '') ?? '0000' }
    const put = (text: string) =>
      text.replace(/<(\w+)>/g, (_, word: string) =>
        Object.hasOwn(words, word) ? words[word as 'code'] : word
      )
    const headers = Object.entries(request.headers).map(([name, value]) => [name, put(value)])
    return {
      ...request,
      url: put(request.url),
      headers: Object.fromEntries(headers),
      ...(body !== undefined && { body: typeof body === 'string' ? put(body) : body })
    }
  }

  async function injected({ method, url, headers, body }: FuzzRequest): Promise<Reply> {
    const payload = body === undefined ? {} : { payload: Buffer.from(body) }
    // The type's list of methods is shorter than Node's.
    const {
      statusCode: status,
      headers: replied,
      body: text
    } = await app.inject({
      ...{ method: method as 'GET', url, headers: { ...headers } },
      ...payload
    })
    return { status, headers: replied, body: text }
  }

  async function overSocket(request: FuzzRequest): Promise<Reply | undefined> {
    const text = await exchange(port, bytesOf(request))
    const [head = '', rest = ''] = withoutContinue(text).split('\r\n\r\n')
    const [first, ...lines] = head.split('\r\n')
    if (!first) return undefined
    const headers = Object.fromEntries(lines.map((line) => line.split(/: (.*)/).slice(0, 2)))
    // Pipelined requests get several replies: a 5xx among them counts as the status, and the first body is read.
    const statuses = [...text.matchAll(/^HTTP\/1\.1 (5\d\d)/gm)].map(([, status]) => Number(status))
    const body = rest.split('HTTP/1.1 ', 1)[0] ?? ''
    return { status: statuses[0] ?? Number(first.split(' ')[1]), headers, body }
  }

  function remember(body: string): void {
    const { access, refresh, role, device_token }: Record<string, string> = Object(
      body.startsWith('{') ? JSON.parse(body) : {}
    )
    if (access && role === 'staff') last.staff = access
    else if (access) {
      last.spent = last.refresh ?? ''
      last.access = access
      if (refresh) last.refresh = refresh
      last.session = JSON.parse(Buffer.from(access.split('.')[1] ?? '', 'base64url').toString()).sid
    }
    if (device_token) last.device = device_token
  }
}

function withoutContinue(text: string): string {
  return text.replace('HTTP/1.1 100 Continue\r\n\r\n', '')
}
