import { randomInt } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { ask, type Reply } from './api.ts'

/** What a citizen was promised, which must hold when the fault is over. */
interface Account {
  phone: string
  access: string
  /** Names that the service may have saved: the last one it confirmed, and later ones that were answered with an error. */
  names: (string | null)[]
}

interface UsedCode {
  phone: string
  code: string
}

export type Crowd = ReturnType<typeof startCrowd>

const AGAIN_MS = 100
const OPERATORS = [33, 88, 90, 91, 93, 94, 95, 97, 98, 99]

let numbers = 0

/** A number of one citizen alone: a second one with the same number would change the name that the first one expects. */
function nextPhone(): string {
  const at = numbers++
  return `+998${OPERATORS[at % OPERATORS.length]}${String(Math.floor(at / OPERATORS.length)).padStart(7, '0')}`
}

/**
 * Simulates citizens who sign in, fill in a profile and refresh, and retry each step after a 503 as an app does; records every
 * broken promise.
 */
export function startCrowd(
  urls: readonly string[],
  codeOf: (phone: string) => string | undefined,
  size: number
) {
  const replies: (Reply & { at: number })[] = []
  /** Broken promises, which must never happen, and how often. */
  const wrongs = new Map<string, number>()
  /** What honest citizens were refused, and may ask for again. */
  const hardships = new Map<string, number>()
  const accounts: Account[] = []
  const used: UsedCode[] = []
  let isOver = false
  let turn = 0
  const lives = Array.from({ length: size }, async () => {
    while (!isOver) await live()
  })
  return { replies, wrongs, hardships, signIns: () => accounts.length, finish, settle }

  /** Starts nothing new, and waits for what has begun. */
  async function finish(): Promise<void> {
    isOver = true
    await Promise.all(lives)
  }

  async function live(): Promise<void> {
    const phone = nextPhone()
    if (!(await untilAnswered('POST', '/api/auth/send-otp/', { phone_number: phone }))) return
    const code = codeOf(phone)
    if (!code) return note('a code that was sent is nowhere')
    const pair = await untilAnswered('POST', '/api/auth/verify-otp/', { phone_number: phone, code })
    if (!pair) return
    used.push({ phone, code })
    const account: Account = { phone, access: String(pair.body.access), names: [null] }
    accounts.push(account)
    await tryAgain({ phone, code })
    await rename(account)
    await look(account)
    const next = await untilAnswered('POST', '/api/auth/refresh/', { refresh: pair.body.refresh })
    if (next) account.access = String(next.body.access)
    await look(account)
  }

  async function rename(account: Account): Promise<void> {
    const name = `Name ${randomInt(10 ** 9)}`
    account.names.push(name)
    const body = { full_name: name }
    const reply = await untilAnswered('PATCH', '/api/users/profile/', body, account.access)
    if (!reply) return
    account.names = [name]
    compare(account, reply)
  }

  async function look(account: Account): Promise<void> {
    const reply = await untilAnswered('GET', '/api/users/me/', undefined, account.access)
    if (reply) compare(account, reply)
  }

  function compare({ phone, names }: Account, { body }: Reply): void {
    if (body.phone_number !== phone) note('a wrong login')
    if (!names.includes(body.full_name as string | null)) note('a profile that was lost')
  }

  async function tryAgain({ phone, code }: UsedCode): Promise<void> {
    const { status } = await send('POST', '/api/auth/verify-otp/', { phone_number: phone, code })
    if (status === 200) note('a code used twice')
  }

  /** Checks, when all is well again, that whoever was answered 200 exists with the last name, and that no used code works. */
  async function settle(): Promise<void> {
    await inTurns(accounts, async (account) => {
      const reply = await send('GET', '/api/users/me/', undefined, account.access)
      if (reply.status === 200) compare(account, reply)
      else note(`a registration that was lost (${reply.status} ${reply.body.code})`)
    })
    await inTurns(used, tryAgain)
  }

  /** Does the work for every item, as many at a time as there are citizens. */
  async function inTurns<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
    const left = [...items]
    const worker = async () => {
      for (let item = left.pop(); item; item = left.pop()) await work(item)
    }
    await Promise.all(Array.from({ length: size }, worker))
  }

  /** Retries until the answer is a 200; undefined when it is another one, or the crowd is finished. */
  async function untilAnswered(
    method: string,
    path: string,
    body?: object,
    token?: string
  ): Promise<Reply | undefined> {
    while (!isOver) {
      const reply = await send(method, path, body, token)
      if (reply.status === 200) return reply
      if (reply.status !== 503 && reply.status !== 0) {
        note(`${path} ${reply.status} ${reply.body.code}`, hardships)
        return undefined
      }
      await wait(AGAIN_MS)
    }
    return undefined
  }

  async function send(method: string, path: string, body?: object, token?: string): Promise<Reply> {
    const url = urls[turn++ % urls.length]
    const reply = await ask(method, `${url}${path}`, body, token)
    replies.push({ ...reply, at: performance.now() })
    if (reply.wrong) note(`${reply.wrong} (${method} ${path})`)
    return reply
  }

  function note(what: string, notes = wrongs): void {
    notes.set(what, (notes.get(what) ?? 0) + 1)
  }
}
