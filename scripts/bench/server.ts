import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { DATA_FOLDER } from '../dev-settings.ts'
import { freePort } from '../find-redis.ts'
import { interruption } from './interruption.ts'

/** Whatever would refuse the load. A revision ignores the settings that it does not know. */
const LIMITS = [
  ...['RATE_LIMIT_MAX', 'OTP_SENDS_PER_HOUR', 'OTP_SENDS_PER_DAY', 'OTP_MAX_ATTEMPTS'],
  ...['OTP_MAX_FAILURES_PER_DAY', 'OTP_MAX_FAILURES_IN_ROW', 'OTP_HOURLY_AFTER_FAILURES'],
  ...['ADDRESS_FAILURES_PER_DAY', 'ADDRESS_SENDS_PER_HOUR', 'ADDRESS_NUMBERS_PER_HOUR'],
  ...['BREAKER_TEN_MINUTES_MIN', 'BREAKER_DAY_MIN', 'PASSWORD_HASH_QUEUE_MAX'],
  ...['SMS_PER_PREFIX_HOUR', 'SMS_PER_DAY', 'SMS_BUDGET_PER_DAY', 'SMS_UNUSED_PER_HOUR'],
  ...['LOGIN_MAX_FAILURES_PER_ADDRESS', 'LOGIN_MAX_FAILURES_PER_NUMBER']
]
const RAISED_LIMITS = {
  ...Object.fromEntries(LIMITS.map((name) => [name, '1000000000'])),
  OTP_RESEND_SECONDS: '1',
  // The round trips are counted by slowing them down.
  REDIS_TIMEOUT_MS: '5000',
  REFRESH_GRACE_SECONDS: '300'
}

export interface ServerOptions {
  /** Where it was built. */
  folder?: string
  databaseUrl: string
  redisUrl: string
  keyPrefix: string
}

export type Server = Awaited<ReturnType<typeof startServer>>

/** The built service as a process on a free port of loopback, with no limit that would refuse a load. */
export async function startServer({ folder = '.', databaseUrl, redisUrl, keyPrefix }: ServerOptions) {
  mkdirSync(DATA_FOLDER, { recursive: true })
  const port = await freePort()
  const smsFile = resolve(DATA_FOLDER, `bench-sms-${port}.jsonl`)
  // Another tree's build may lie elsewhere.
  const { scripts } = JSON.parse(readFileSync(resolve(folder, 'package.json'), 'utf8'))
  const child = spawn('sh', ['-c', scripts.start], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      ...RAISED_LIMITS,
      PORT: String(port),
      HOST: '127.0.0.1',
      LOG_LEVEL: 'warn',
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      REDIS_KEY_PREFIX: keyPrefix,
      JWT_SECRET: 'a secret of the benchmark that signs the tokens',
      OTP_SECRET: 'a secret of the benchmark that keys the digests',
      SMS_MOCK_FILE: smsFile
    }
  })
  const url = `http://127.0.0.1:${port}`
  const stop = async () => {
    if (isRunning(child)) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    rmSync(smsFile, { force: true })
  }
  try {
    while (!(await fetch(`${url}/health/live`).catch(() => undefined))?.ok) {
      if (!isRunning(child)) throw new Error(`The server in ${resolve(folder)} does not start.`)
      await wait(100, undefined, { signal: interruption })
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { url, stop, codes: () => codesIn(smsFile) }
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null
}

/** The last code sent to each number. */
function codesIn(smsFile: string): Map<string, string> {
  if (!existsSync(smsFile)) return new Map()
  const lines = readFileSync(smsFile, 'utf8').trimEnd().split('\n')
  const messages = lines.map((line): { to: string; text: string } => JSON.parse(line))
  return new Map(messages.map(({ to, text }) => [to, /\b\d{4,8}\b/.exec(text)?.[0] ?? '']))
}

/** Forgets what servers with this prefix have left in Redis. */
export async function dropKeys(redisUrl: string, prefix: string): Promise<void> {
  const client = new Redis(redisUrl)
  for await (const keys of client.scanStream({ match: `${prefix}*`, count: 1_000 })) {
    if (keys.length > 0) await client.unlink(keys)
  }
  client.disconnect()
}
