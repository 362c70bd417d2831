import { setTimeout as wait } from 'node:timers/promises'
import { callsOf } from './calls.ts'
import { nextNumber, type Service } from './service.ts'

const CITIZENS = 8
/** How long a refused citizen waits before trying again (ms). */
const AGAIN_MS = 25
const MOST_SECONDS = 60

export interface Found {
  requests: number
  answered: number
  /** 5xx, and calls without an answer. */
  failed: number
  /** 200 with someone else's account, or for a wrong code. */
  wrongLogins: number
  usedTwice: number
  /** Moments of failures (`performance.now()`). */
  failures: number[]
}

/** Starts citizens who sign in, each with one number after another, until `stop` is called, a minute at most. */
export function startLoad(service: Service): { stop(): Promise<Found> } {
  const found: Found = { requests: 0, answered: 0, failed: 0, wrongLogins: 0, usedTwice: 0, failures: [] }
  const end = performance.now() + MOST_SECONDS * 1_000
  let isOver = false
  const note = (status: number) => {
    found.requests += 1
    if (status >= 200 && status < 300) found.answered += 1
    if (status !== 0 && status < 500) return
    found.failed += 1
    found.failures.push(performance.now())
  }
  const citizens = Array.from({ length: CITIZENS }, (_, place) => citizen(place))
  return {
    stop: async () => {
      isOver = true
      await Promise.all(citizens)
      return found
    }
  }

  async function citizen(place: number): Promise<void> {
    const calls = callsOf(service.urls[place % service.urls.length] ?? '', note)
    while (!isOver && performance.now() < end) {
      if (!(await signIn(calls, nextNumber()))) await wait(AGAIN_MS)
    }
  }

  async function signIn(calls: ReturnType<typeof callsOf>, phone: string): Promise<boolean> {
    if ((await calls.send(phone)).status !== 200) return false
    const code = service.codeFor(phone)
    const wrong = String((Number(code) + 1) % 10 ** code.length).padStart(code.length, '0')
    if ((await calls.verify(phone, wrong)).status === 200) found.wrongLogins += 1
    const { status, body } = await calls.verify(phone, code)
    if (status !== 200) return false
    if ((await calls.verify(phone, code)).status === 200) found.usedTwice += 1
    const me = await calls.me(body.access)
    if (me.status === 200 && me.body.phone_number !== phone) found.wrongLogins += 1
    await calls.refresh(body.refresh)
    return true
  }
}
