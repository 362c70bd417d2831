import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { DATA_FOLDER } from '../dev-settings.ts'
import { freePort } from '../find-redis.ts'
import { interruption } from './interruption.ts'
import type { Tree } from './revision.ts'
import { cpuOf, memoryOf } from './usage.ts'

/** Every limit that would refuse the load. A revision ignores the settings that it does not know. */
const LIMITS = [
  ...['RATE_LIMIT_MAX', 'USER_REQUESTS_MAX', 'PASSWORD_HASH_QUEUE_MAX', 'LOGIN_MAX_FAILURES_PER_ADDRESS'],
  ...['LOGIN_MAX_FAILURES_PER_NUMBER', 'LOGIN_MAX_FAILURES_PER_DAY', 'ACCESS_TTL_SECONDS'],
  ...['OTP_SENDS_PER_HOUR', 'OTP_SENDS_PER_DAY', 'OTP_MAX_ATTEMPTS', 'OTP_MAX_FAILURES_PER_DAY'],
  ...['OTP_MAX_FAILURES_IN_ROW', 'OTP_HOURLY_AFTER_FAILURES', 'ADDRESS_FAILURES_PER_DAY'],
  ...['ADDRESS_SENDS_PER_HOUR', 'ADDRESS_NUMBERS_PER_HOUR', 'BREAKER_TEN_MINUTES_MIN', 'BREAKER_DAY_MIN'],
  ...['STRICT_FAILURES_PER_DAY', 'STRICT_FAILURES_PER_TEN_MINUTES', 'SMS_PER_HOUR', 'SMS_PER_DAY'],
  ...['SMS_BUDGET_PER_DAY', 'SMS_PER_PREFIX_HOUR', 'SMS_PREFIX_FACTOR', 'SMS_UNUSED_PER_HOUR']
]
const SETTINGS = {
  ...Object.fromEntries(LIMITS.map((name) => [name, '1000000000'])),
  ...{ STRICT_MODE: 'off', SMS_PRICE: '1', SMS_USED_PERCENT: '0', SMS_KEPT_BACK_PERCENT: '0' },
  // Redis may answer late on a busy machine.
  ...{ REDIS_TIMEOUT_MS: '5000', OTP_RESEND_SECONDS: '1', TRUST_PROXY: '127.0.0.1/32' },
  ...{ HOST: '127.0.0.1', LOG_LEVEL: 'info', DRAIN_SECONDS: '0' },
  JWT_SECRET: 'a secret of the benchmark that signs the tokens',
  OTP_SECRET: 'a secret of the benchmark that keys the digests'
}
/** How often a starting server is asked whether it is up (ms). */
const ASK_MS = 5

export type Server = Awaited<ReturnType<typeof startServer>>

/** Runs a tree as a process on a free loopback port, with no limit that would refuse a load; its log is thrown away. */
export async function startServer(
  { folder, start }: Tree,
  databaseUrl: string,
  redisUrl: string,
  settings: Record<string, string> = {}
) {
  mkdirSync(DATA_FOLDER, { recursive: true })
  const port = await freePort()
  const smsFile = resolve(DATA_FOLDER, `bench-sms-${port}.jsonl`)
  const stores = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl }
  const from = performance.now()
  const child = spawn('sh', ['-c', start], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...SETTINGS, ...settings, ...stores, PORT: String(port), SMS_MOCK_FILE: smsFile }
  })
  const ended = once(child, 'exit')
  const { pid = 0 } = child
  const url = `http://127.0.0.1:${port}`
  const stop = async () => {
    child.kill()
    await ended
    rmSync(smsFile, { force: true })
  }
  try {
    while (!(await fetch(`${url}/health/live`).catch(() => undefined))?.ok) {
      if (child.exitCode !== null) throw new Error(`The server in ${folder} does not start.`)
      await wait(ASK_MS, undefined, { signal: interruption })
    }
  } catch (error) {
    await stop()
    throw error
  }
  const started = { 'start ms': performance.now() - from, 'CPU ms': cpuOf(pid), MB: memoryOf(pid) }
  return { url, pid, started, stop, takeCodes: () => takeCodes(smsFile) }
}

/** The code sent to each number since the last call. */
function takeCodes(smsFile: string): Map<string, string> {
  const lines = existsSync(smsFile) ? readFileSync(smsFile, 'utf8').trimEnd().split('\n') : []
  // Emptied, not deleted: the server may keep the file open.
  writeFileSync(smsFile, '')
  // A line that the server is still writing is incomplete.
  const whole = lines.filter((line) => line.startsWith('{') && line.endsWith('}'))
  const messages = whole.map((line): { to: string; text: string } => JSON.parse(line))
  return new Map(messages.map(({ to, text }) => [to, /\b\d{4,8}\b/.exec(text)?.[0] ?? '']))
}
