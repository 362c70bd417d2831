import type { Config } from '../../src/config/settings.ts'
import { otpSteps } from '../../src/redis/otp-steps.ts'
import { type Entry, hash, type Row, redis, table, zset } from './table.ts'

export const HOUR = 3_600
export const DAY = 86_400
export const YEAR = 31_536_000

export type Figures = Partial<Config['otp']>
export type Standing = 'device' | 'known' | 'familiar' | 'stranger'

/** Limits that no row reaches: each file sets the figures that it tests. */
const ROOMY: Config['otp'] = {
  secret: '',
  length: 4,
  longLength: 6,
  ttlSeconds: 300,
  resendSeconds: 60,
  maxAttempts: 1_000,
  maxFailuresPerDay: 1_000,
  maxFailuresInRow: 1_000,
  longFailuresPerDay: 2_000,
  hourlyAfterFailures: 1_000,
  sendsPerHour: 1_000,
  sendsPerDay: 1_000,
  knownDays: 1
}

const KEYS = [
  ...(['code', 'previous', 'spent', 'short', 'in_row', 'known'] as const),
  ...(['device_sends', 'known_sends', 'familiar_sends', 'stranger_sends'] as const),
  ...(['device_long', 'known_long', 'familiar_long', 'stranger_long'] as const)
]
/** Set only during a change of secret. */
const ACCEPTED = { accepted_device: '', accepted_source: '', accepted_asker: '' }
const SEND = {
  ...ACCEPTED,
  send: 'mine',
  short_digest: 'short',
  long_digest: 'long',
  device: '',
  source: 'away',
  otherwise: 'stranger',
  wait: 0,
  stranger_wait: 0,
  long_for: 0
}
const GUESS = {
  ...ACCEPTED,
  accepted_digest: '',
  digest: 'right',
  new_device: 'new',
  device: '',
  source: 'away',
  otherwise: 'stranger',
  wait: 0,
  is_strict: 0,
  strict_wait: 0
}
const DEVICE = { device: '', new_device: 'new', source: 'away' }

/** What gives a caller each standing: the number knows the device 'phone' and the source 'home' (`knownTo`). */
export const as: Record<Standing, { device?: string; source?: string; otherwise?: string }> = {
  device: { device: 'phone' },
  known: { source: 'home' },
  familiar: { otherwise: 'familiar' },
  stranger: {}
}
export const knownTo = (now: number) => zset({ phone: now - 1_000, home: now - 1_000 }, 50)

/** Failures in a row, the last of them `seconds` ago. */
export const inRow = (now: number, count: number, seconds = 0) =>
  hash({ count, last: now - seconds * 1_000 }, YEAR)

type Role = (typeof KEYS)[number]
type Before = NonNullable<Row<Role, unknown>['before']>
type SendArgs = Partial<typeof SEND>
type GuessArgs = Partial<typeof GUESS>
type SendRow = Row<Role, typeof SEND>
type GuessRow = Row<Role, typeof GUESS>

/** Tests `otp-store` at a number that knows 'phone' and 'home'. */
export function testSends(figures: Figures, rows: (now: number) => SendRow[]): void {
  const { store } = otpSteps(redis, { ...ROOMY, ...figures })
  table(
    { roles: KEYS, args: SEND, step: (keys, args) => store(keys, { ...args, asker: args.source }) },
    (now) => rows(now).map((row) => atNumber(row, now))
  )
}

/** Tests `otp-validate` at a number that knows 'phone' and 'home'. */
export function testGuesses(figures: Figures, rows: (now: number) => GuessRow[]): void {
  const { validate } = otpSteps(redis, { ...ROOMY, ...figures })
  table(
    { roles: KEYS, args: GUESS, step: (keys, args) => validate(keys, { ...args, asker: args.source }) },
    (now) => rows(now).map((row) => atNumber(row, now))
  )
}

const CALLER = { ...ACCEPTED, device: '', source: 'away', asker: 'away', otherwise: 'stranger' }

/** Tests `otp-left` at a number that knows 'phone' and 'home'. */
export function testLeft(figures: Figures, rows: (now: number) => Row<Role, typeof CALLER>[]): void {
  const { left } = otpSteps(redis, { ...ROOMY, ...figures })
  table({ roles: KEYS, args: CALLER, step: left }, (now) => rows(now).map((row) => atNumber(row, now)))
}

export function testWithdrawals(rows: (now: number) => Row<Role, { send: string }>[]): void {
  table({ roles: KEYS, args: { send: 'mine' }, step: otpSteps(redis, ROOMY).withdraw }, rows)
}

/** Tests `otp-know` at a number that knows 'phone' and 'home'. */
export function testKnowing(rows: (now: number) => Row<Role, typeof DEVICE>[]): void {
  table({ roles: KEYS, args: DEVICE, step: otpSteps(redis, ROOMY).know }, (now) =>
    rows(now).map((row) => atNumber(row, now))
  )
}

export function testUnspending(rows: (now: number) => Row<Role, { by: string }>[]): void {
  table({ roles: KEYS, args: { by: 'guess' }, step: otpSteps(redis, ROOMY).unspend }, rows)
}

function atNumber<Args>(row: Row<Role, Args>, now: number): Row<Role, Args> {
  return { ...row, before: { known: knownTo(now), ...row.before } }
}

/** Rows of sends: the reply to each, and what it leaves. */
export function sendsAt(now: number) {
  const sent = (verdict: 'short' | 'long') =>
    function row(name: string, standing: Standing, before: Before = {}, args: SendArgs = {}): SendRow {
      const asker = standing === 'device' ? 'phone' : (as[standing].source ?? 'away')
      const sends = `${standing}_sends` as const
      return {
        name,
        before,
        args: { ...as[standing], ...args },
        reply: [verdict, 0],
        after: {
          code: hash({ send: 'mine', digest: verdict, long: verdict === 'long' ? 1 : 0, asker }, 300),
          [sends]: zset({ ...fieldsOf(before[sends]), mine: now }, DAY)
        }
      }
    }
  const refused = (verdict: 'cooldown' | 'wait') =>
    function row(
      name: string,
      seconds: number,
      standing: Standing,
      before: Before = {},
      args: SendArgs = {}
    ): SendRow {
      return { name, before, args: { ...as[standing], ...args }, reply: [verdict, seconds] }
    }
  return { short: sent('short'), long: sent('long'), cooldown: refused('cooldown'), waits: refused('wait') }
}

/** A code that was requested from the source 'there', and the guesses at it. */
export const shortCode = (fields: Record<string, number | string> = {}) =>
  hash({ digest: 'right', long: 0, asker: 'there', ...fields }, 200)
export const longCode = (fields: Record<string, number | string> = {}) => shortCode({ long: 1, ...fields })
export const asAsker = { source: 'there' }

/** Rows of guesses, all of them right, so a refusal is one of the right code. */
export function guessesAt(now: number) {
  function isJudged(name: string, before: Before, args: GuessArgs = {}): GuessRow {
    const { device = '', source = GUESS.source } = args
    const isDevice = device === 'phone'
    const knew = 'known' in before ? before.known : knownTo(now)
    const knows = { ...fieldsOf(knew), [source]: now, [isDevice ? device : 'new']: now }
    const known = source === '' ? {} : { known: zset(knows, DAY) }
    return {
      name,
      before,
      args,
      reply: ['right', isDevice ? 1 : 0],
      after: {
        code: null,
        spent: hash({ ...fieldsOf(before.code), by: 'new' }, 200),
        short: null,
        in_row: null,
        device_long: null,
        known_long: null,
        familiar_long: null,
        stranger_long: null,
        ...known
      }
    }
  }
  const isVoid = (name: string, before: Before, args: GuessArgs = {}): GuessRow => ({
    name,
    before,
    args,
    reply: ['void', 0]
  })
  const waits = (name: string, seconds: number, before: Before, args: GuessArgs = {}): GuessRow => ({
    name,
    before,
    args,
    reply: ['wait', seconds]
  })
  return { isJudged, isVoid, waits }
}

/** The fields of a hash, or the moments of a sorted set. */
function fieldsOf(entry: Entry | null | undefined): Record<string, string> {
  return entry && typeof entry.value === 'object' ? { ...entry.value } : {}
}
