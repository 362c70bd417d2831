import { setTimeout as wait } from 'node:timers/promises'
import { quantile } from '../bench/figures.ts'
import type { Server } from '../bench/server.ts'
import type { createCallers } from './callers.ts'
import { drive } from './drive.ts'
import { Line } from './line.ts'

/** Requests a second from signed-in people: about a tenth of what two cores can serve. */
const ME_RATE = 400
/** Logins a second in the flood: ten times what two cores can hash. */
const FLOOD_RATE = 500
const KNOWN = 30
/** Time between two staff logins (ms). */
const LOGIN_EVERY_MS = 200

/**
 * Measures how a flood of staff logins from unknown addresses slows signed-in users, and staff at addresses where they have
 * signed in before. Returns two lines: before the flood, and during it.
 */
export async function staffFlood(server: Server, callers: ReturnType<typeof createCallers>): Promise<string> {
  const port = Number(new URL(server.url).port)
  await callers.ready('staff-login', KNOWN)
  await callers.ready('me', 0)
  const known = Array.from({ length: KNOWN }, () => callers.next('staff-login').request)
  const seconds = (KNOWN * LOGIN_EVERY_MS) / 1_000
  const me = () =>
    drive({ ...{ port, seconds, rate: ME_RATE, connections: 100 }, next: () => callers.next('me') })

  const lines = ['            me/s    p50 ms  p99 ms  staff in  slowest ms']
  lines.push(await observe('before', wait(0)))
  const flood = drive({
    ...{ port, seconds: seconds + 2, rate: FLOOD_RATE, connections: 1_000 },
    next: () => {
      const call = callers.next('staff-login')
      callers.takeBack('staff-login', call.caller, 0)
      return call
    }
  })
  await wait(1_000)
  lines.push(await observe('in flood', flood))
  return lines.join('\n')

  async function observe(when: string, flood: Promise<unknown>): Promise<string> {
    const [made, logins] = await Promise.all([me(), logIn()])
    await flood
    const ms = made.filter(({ status }) => status === 200).map((outcome) => outcome.ms)
    const good = logins.filter(({ status }) => status === 200)
    const cells = [ms.length / seconds, quantile(ms), quantile(ms, 0.99)].map((figure) => figure.toFixed(1))
    const slowest = Math.max(...logins.map((login) => login.ms)).toFixed(0)
    return [when.padEnd(8), ...cells, `${good.length} of ${KNOWN}`, slowest]
      .map((cell) => cell.padStart(8))
      .join('  ')
  }

  /** Logs in at a fixed interval, regardless of earlier logins. */
  function logIn(): Promise<{ status: number; ms: number }[]> {
    return Promise.all(
      known.map(async (request, place) => {
        await wait(place * LOGIN_EVERY_MS)
        const line = await new Line(port).connected()
        const began = performance.now()
        const status = await new Promise<number>((resolve) => line.ask(request, resolve))
        line.close()
        return { status, ms: performance.now() - began }
      })
    )
  }
}
