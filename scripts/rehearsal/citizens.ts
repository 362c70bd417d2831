import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { callerOf } from '../bench/calls.ts'

interface Answer {
  code?: string
  access?: string
  refresh?: string
  device_token?: string
}

/** Receives the codes that a service sends through the gateway `webhook`; also returns the settings for it. */
export async function openPhones() {
  const codes = new Map<string, string>()
  const server = createServer(async (request, response) => {
    const { to, code } = JSON.parse(await text(request))
    codes.set(to, code)
    response.end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const settings = {
    SMS_GATEWAYS: 'webhook',
    WEBHOOK_URL: `http://127.0.0.1:${port}/`,
    WEBHOOK_SECRET: 'a secret of the rehearsal for its phones'
  }
  return { codes, settings, close: () => server.close() }
}

/** Simulates citizens who switch from one process to another in the middle of what they do. */
export function createCitizens(codes: ReadonlyMap<string, string>) {
  let strangers = 0
  return { live }

  /** One whole life: signs in, reads the account, refreshes, fills in the profile, and signs in again as a known device. */
  async function live(servers: readonly string[], count: (failure?: string) => void): Promise<void> {
    const { phone_number, address } = callerOf(strangers++)
    let turn = strangers
    async function call(method: string, path: string, body?: object, token = ''): Promise<Answer> {
      const server = servers[turn++ % servers.length]
      const headers = {
        'x-forwarded-for': address,
        ...(body && { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` })
      }
      const reply = await fetch(`${server}/api/${path}/`, {
        method,
        headers,
        ...(body && { body: JSON.stringify(body) })
      }).catch((error: Error) => error)
      if (reply instanceof Error) {
        count(`${method} ${path}: ${reply.message}`)
        return {}
      }
      const answer: Answer = JSON.parse((await reply.text()) || '{}')
      count(reply.ok ? undefined : `${method} ${path}: ${reply.status} ${answer.code}`)
      return answer
    }
    const signIn = async (device_token?: string) => {
      await call('POST', 'auth/send-otp', { phone_number, device_token })
      const code = codes.get(phone_number) ?? '0000'
      return call('POST', 'auth/verify-otp', { phone_number, code, device_token })
    }
    const first = await signIn()
    await call('GET', 'users/me', undefined, first.access)
    const next = await call('POST', 'auth/refresh', { refresh: first.refresh })
    await call('PATCH', 'users/profile', { full_name: 'Aziza Karimova' }, next.access)
    // Waits out the cooldown of a second.
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    const again = await signIn(first.device_token)
    if (again.device_token !== first.device_token) count('a known device has become a stranger')
    await call('GET', 'users/me', undefined, again.access)
  }
}
