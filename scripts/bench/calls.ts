import { interruption } from './interruption.ts'
import { each, load, type Measured, phoneNumbers, post } from './load.ts'
import type { Server } from './server.ts'
import type { Trips } from './trips.ts'

export const CITIZENS = 1_000
const phones = phoneNumbers(CITIZENS)

export interface Call {
  name: string
  url: string
  expectedStatus: number
  body(phone: string, code: string): object
}

/** In the order in which a citizen makes them. */
export const calls: Call[] = [
  {
    name: 'POST send-otp',
    url: '/api/auth/send-otp/',
    expectedStatus: 200,
    body: (phone) => ({ phone_number: phone })
  },
  {
    name: 'POST verify-otp, wrong',
    url: '/api/auth/verify-otp/',
    expectedStatus: 401,
    body: (phone, code) => ({ phone_number: phone, code: wrong(code) })
  },
  {
    name: 'POST verify-otp, known',
    url: '/api/auth/verify-otp/',
    expectedStatus: 200,
    body: (phone, code) => ({ phone_number: phone, code })
  }
]

/** The call once for each citizen, from many connections. */
export async function loadWith({ url, expectedStatus, body }: Call, server: Server): Promise<Measured> {
  const codes = server.codes()
  const bodyOf = (citizen: number) => {
    const phone = phones[citizen] ?? ''
    return body(phone, codes.get(phone) ?? '')
  }
  return await load(server.url, { ...each(url, CITIZENS, bodyOf), expectedStatus })
}

/** Each call for a few citizens, one request at a time. */
export async function tripsOf(
  server: Server,
  during: (call: () => Promise<unknown>) => Promise<Trips>
): Promise<Map<Call, Trips[]>> {
  const trips = new Map(calls.map((call) => [call, [] as Trips[]]))
  for (const phone of phones.slice(0, 5)) {
    for (const call of calls) {
      const body = call.body(phone, server.codes().get(phone) ?? '')
      trips.get(call)?.push(await during(() => once(server, call, body)))
    }
  }
  return trips
}

async function once(server: Server, { name, url: path, expectedStatus }: Call, body: object): Promise<void> {
  const { url, ...request } = post(server.url + path, body)
  const reply = await fetch(url, { ...request, signal: interruption })
  const text = await reply.text()
  if (reply.status !== expectedStatus) throw new Error(`${name} was refused: ${text}`)
}

function wrong(code: string): string {
  return String((Number(code) + 1) % 10 ** code.length).padStart(code.length, '0')
}
