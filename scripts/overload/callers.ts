import type postgres from 'postgres'
import { type Call, type Caller, callerOf, calls } from '../bench/calls.ts'
import { load } from '../bench/load.ts'
import type { Server } from '../bench/server.ts'
import { createStaff } from '../bench/staff.ts'

/** The calls that are made too often. */
export const LOADED = ['me', 'send-otp', 'verify-otp', 'staff-login'] as const
export type Loaded = (typeof LOADED)[number]

/** How many callers are signed in; each has the request budget of its own session. */
const SIGNED_IN = 1_000
const STAFF = 5_000

const [sendOtp, verifyOtp, me] = calls as [Call, Call, Call]
const staffLogin = calls.find(({ name }) => name === 'staff-login') as Call
const callOf: Record<Loaded, Call> = {
  me,
  'send-otp': sendOtp,
  'verify-otp': verifyOtp,
  'staff-login': staffLogin
}

/** The callers: as many strangers as needed, people who are signed in or hold a code, and staff. */
export function createCallers(server: Server, sql: postgres.Sql) {
  const queues: Record<Loaded, Caller[]> = { me: [], 'send-otp': [], 'verify-otp': [], 'staff-login': [] }
  let strangers = 0
  return { ready, next, takeBack }

  /** Makes sure that `count` callers can make a call. */
  async function ready(name: Loaded, count: number): Promise<void> {
    const queue = queues[name]
    if (name === 'staff-login' && queue.length === 0) queue.push(...(await createStaff(sql, STAFF)))
    if (name === 'verify-otp') {
      for (const [code, from] of [...queue.splice(0)].map((caller) => [caller.code, caller] as const))
        if (code) queue.push(from)
      if (queue.length < count) queue.push(...(await withCodes(count - queue.length)))
    }
    if (name === 'me' && queue.length === 0) {
      const { answered } = await load(server.url, verifyOtp, await withCodes(SIGNED_IN))
      queue.push(...answered)
    }
  }

  async function withCodes(count: number): Promise<Caller[]> {
    server.takeCodes()
    const asking = Array.from({ length: count }, () => callerOf(strangers++))
    const { answered } = await load(server.url, sendOtp, asking)
    const codes = server.takeCodes()
    return answered.map((caller) => ({ ...caller, code: codes.get(caller.phone_number) ?? '' }))
  }

  function next(name: Loaded): { caller: Caller; request: string } {
    const queue = queues[name]
    const caller = name === 'send-otp' ? callerOf(strangers++) : queue.shift()
    if (!caller) throw new Error(`There are too few callers of ${name}.`)
    if (name === 'me') queue.push(caller)
    return { caller, request: requestOf(callOf[name], caller) }
  }

  /** Queues staff again in any case, and a caller with a code only when it was refused with a 503. */
  function takeBack(name: Loaded, caller: Caller, status: number): void {
    if ((name === 'verify-otp' && status === 503) || name === 'staff-login') queues[name].push(caller)
  }
}

/** The request as it is sent on the wire. */
export function requestOf({ method, path, sends }: Call, caller: Caller): string {
  const body =
    method === 'GET' ? '' : JSON.stringify(Object.fromEntries(sends.map((name) => [name, caller[name]])))
  const head = [`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1', `X-Forwarded-For: ${caller.address}`]
  if (caller.access) head.push(`Authorization: Bearer ${caller.access}`)
  if (body) head.push('Content-Type: application/json', `Content-Length: ${body.length}`)
  return `${head.join('\r\n')}\r\n\r\n${body}`
}
