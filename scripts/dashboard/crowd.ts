import { randomInt } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { callerOf } from '../bench/calls.ts'
import { interruption } from '../bench/interruption.ts'
import type { Provider } from './provider.ts'

const OPERATORS = ['+99890', '+99891', '+99893', '+99894', '+99897', '+99899', '+99888', '+99833']
/** The operator whose messages do not arrive for a while. */
const SILENT = '+99897'
const CITIZENS_A_SECOND = { least: 4, most: 14 }

/**
 * Simulates citizens who sign in at two services, more in the middle than at the ends. Along the way a gateway breaks down,
 * messages to one operator do not arrive, staff mistype their passwords all at once, and finally someone guesses codes.
 */
export async function crowd(urls: string[], operators: Provider, seconds: number): Promise<void> {
  const began = performance.now()
  const progress = () => (performance.now() - began) / (seconds * 1_000)
  const isBetween = (from: number, to: number) => progress() >= from && progress() < to
  const visits: Promise<unknown>[] = []
  for (let place = 1; progress() < 1; place++) {
    operators.breakDown(isBetween(0.35, 0.45))
    visits.push(visit(place).catch(() => {}))
    if (place % 5 === 0) visits.push(report().catch(() => {}))
    if (place % 10 === 0 || isBetween(0.6, 0.64)) visits.push(staff(place).catch(() => {}))
    if (isBetween(0.8, 0.9)) visits.push(guess(place).catch(() => {}))
    const { least, most } = CITIZENS_A_SECOND
    const pause = 1_000 / (least + (most - least) * Math.sin(Math.PI * progress()))
    await wait(pause, undefined, { signal: interruption })
  }
  await Promise.all(visits)

  function call(place: number, method: string, path: string, body?: object, token?: string) {
    return fetch(`${urls[place % urls.length]}${path}`, {
      method,
      headers: {
        'x-forwarded-for': callerOf(place).address,
        ...(body && { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` })
      },
      ...(body && { body: JSON.stringify(body) })
    })
  }

  async function visit(place: number): Promise<void> {
    const { phone_number, full_name } = callerOf(place, OPERATORS[place % OPERATORS.length])
    await call(place, 'POST', '/api/auth/send-otp/', { phone_number })
    if (randomInt(100) < 8) await call(place, 'POST', '/api/auth/send-otp/', { phone_number })
    await wait(randomInt(1_000, 6_000))
    const code = await codeFor(phone_number)
    if (randomInt(100) < 8 || (phone_number.startsWith(SILENT) && isBetween(0.5, 0.75))) return
    const verify = (code: string) => call(place, 'POST', '/api/auth/verify-otp/', { phone_number, code })
    if (randomInt(100) < 10) await verify(code.replace(/.$/, (digit) => String((Number(digit) + 1) % 10)))
    const { access, refresh } = (await (await verify(code)).json()) as Record<string, string>
    await call(place, 'PATCH', '/api/users/profile/', { full_name }, access)
    for (let times = randomInt(1, 8); times > 0; times--) {
      await wait(randomInt(200, 3_000))
      await call(place, 'GET', '/api/users/me/', undefined, access)
    }
    await call(place, 'POST', '/api/auth/refresh/', { refresh })
  }

  /** Waits for the code: a message may be late on a busy machine. */
  async function codeFor(phone: string): Promise<string> {
    for (let tries = 0; tries < 20 && !operators.codeFor(phone); tries++) await wait(500)
    return operators.codeFor(phone)
  }

  async function staff(place: number): Promise<void> {
    const login = { ...callerOf(place, '+99895'), password: 'not the password' }
    await Promise.all(
      [1, 2].map((more) =>
        call(place + more, 'POST', '/api/auth/staff-login/', {
          ...login,
          phone_number: `+998951${100_000 + place}`
        })
      )
    )
  }

  async function guess(place: number): Promise<void> {
    const { phone_number } = callerOf(500_000 + place, '+99890')
    await call(place + 70_000, 'POST', '/api/auth/send-otp/', { phone_number })
    for (const code of ['1234', '0000', '1111', '2580'])
      await call(place + 70_000, 'POST', '/api/auth/verify-otp/', { phone_number, code })
  }

  async function report(): Promise<void> {
    for (const sent of operators.takeReports()) await call(0, 'POST', operators.reportPath, sent)
  }
}
