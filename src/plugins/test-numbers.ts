import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { insertAuditEvent } from '../db/audit.ts'
import { findLogin } from '../db/staff.ts'
import { OtpAttemptLimit } from '../errors.ts'
import { isLive, readTestNumber, type TestNumber } from '../test-number.ts'

const DAY_SECONDS = 86_400

export interface TestNumbersOptions {
  /** `number:code:last day` each. */
  numbers: Config['test']['numbers']
  phone: Config['phone']
  otp: Pick<Config['otp'], 'ttlSeconds' | 'maxFailuresPerDay'>
}

declare module 'fastify' {
  interface FastifyInstance {
    testNumbers: ReturnType<typeof createTestNumbers>
  }
}

/** `fastify.testNumbers`: numbers that sign in with a fixed code until their last day, and are sent no SMS. */
export default fp<TestNumbersOptions>(
  async function testNumbers(fastify, options) {
    const numbers = options.numbers.map((entry) => readTestNumber(entry, options.phone.countries))
    fastify.decorate('testNumbers', createTestNumbers(fastify, numbers, options.otp))
    announce(fastify, numbers)
  },
  { name: 'test-numbers', dependencies: ['db', 'redis'] }
)

function createTestNumbers(
  { db, redis }: Pick<FastifyInstance, 'db' | 'redis'>,
  numbers: readonly TestNumber[],
  { ttlSeconds, maxFailuresPerDay }: TestNumbersOptions['otp']
) {
  const byPhone = new Map(numbers.map((number) => [number.phone, number]))
  return { codeSent, accepts }

  /** The answer to who asks for a code for a test number; undefined for every other number (E.164). */
  function codeSent(phone: string) {
    const number = find(phone)
    return (
      number && { phone_number: phone, expires_in: ttlSeconds, resend_in: 0, code_length: number.code.length }
    )
  }

  /**
   * Whether this is the fixed code of a test number, whose use is then on record. A code that is not is one like any
   * other, for `otp.validate`.
   * @throws OtpAttemptLimit
   */
  async function accepts(request: FastifyRequest, phone: string, code: string): Promise<boolean> {
    const { log } = request
    const number = find(phone)
    if (!number) return false
    const failures = `test-number:{${phone}}:failures`
    const guess = randomUUID()
    const keepGuess = await request.undoOnFailure(() => redis.zrem(failures, guess))
    // Counted before the comparison, so parallel guesses cannot share one attempt.
    const wait = await redis.limitTake(failures, maxFailuresPerDay, DAY_SECONDS, guess)
    if (wait > 0) throw OtpAttemptLimit({ retry_after: wait })
    if (!timingSafeEqual(digest(code), digest(number.code))) {
      keepGuess()
      return false
    }
    if ((await findLogin(db, phone))?.departmentId) {
      keepGuess()
      log.warn({ event: 'test_number_refused' }, 'a test number belongs to staff: its code was refused')
      return false
    }
    // Only this one: the others were guesses at the code that is valid tomorrow too.
    await redis.zrem(failures, guess)
    await insertAuditEvent(db, 'test_number_used')
    log.warn({ event: 'test_number_used' }, 'the fixed code of a test number was used')
    return true
  }

  function find(phone: string): TestNumber | undefined {
    const number = byPhone.get(phone)
    return number && isLive(number) ? number : undefined
  }
}

function announce({ log }: Pick<FastifyInstance, 'log'>, numbers: readonly TestNumber[]): void {
  if (numbers.length === 0) return
  const days = numbers.filter((number) => isLive(number)).map(({ lastDay }) => lastDay)
  const facts = { live: days.length, over: numbers.length - days.length, until: days.sort().at(-1) }
  log.warn(
    { event: 'test_numbers', ...facts },
    'TEST_NUMBERS: fixed codes open accounts until their last day'
  )
}

function digest(code: string): Buffer {
  return createHash('sha256').update(code).digest()
}
