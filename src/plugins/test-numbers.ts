import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { attempt } from '../attempt.ts'
import type { Config } from '../config/settings.ts'
import { insertAuditEvent } from '../db/audit.ts'
import { findLogin } from '../db/staff.ts'
import { OtpAttemptLimit } from '../errors.ts'
import { isLive, readTestNumber, type TestNumber } from '../test-number.ts'
import { isSameSecret } from '../text/secret.ts'

export interface TestNumbersOptions {
  /** Each entry is `number:code:last day`. */
  numbers: Config['test']['numbers']
  phone: Config['phone']
  otp: Pick<Config['otp'], 'ttlSeconds'>
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
  { name: 'test-numbers', dependencies: ['db', 'limits', 'rate-limit'] }
)

function createTestNumbers(
  { db, limits, refuseFlood }: FastifyInstance,
  numbers: readonly TestNumber[],
  { ttlSeconds }: TestNumbersOptions['otp']
) {
  const byPhone = new Map(numbers.map((number) => [number.phone, number]))
  return { codeSent, accepts }

  /** The answer to a request for a code of a test number; undefined for every other number (E.164). */
  function codeSent(phone: string) {
    const number = find(phone)
    return (
      number && { phone_number: phone, expires_in: ttlSeconds, resend_in: 0, code_length: number.code.length }
    )
  }

  /**
   * Whether this is the fixed code of a test number; if so, its use is recorded in the audit log. Any other code is left
   * to `otp.validate`.
   * @throws OtpAttemptLimit, RateLimited
   */
  async function accepts(request: FastifyRequest, phone: string, code: string): Promise<boolean> {
    const { log } = request
    const number = find(phone)
    if (!number) return false
    await refuseFlood(request, phone)
    return attempt(
      request,
      { places: [limits.testNumber(phone)], refuse: OtpAttemptLimit, isRight: (isCode) => isCode },
      async () => {
        if (!isSameSecret(number.code, code)) return false
        if ((await findLogin(db, phone))?.departmentId) {
          log.warn({ event: 'test_number_refused' }, 'a test number belongs to staff: its code was refused')
          return false
        }
        await insertAuditEvent(db, 'test_number_used')
        log.warn({ event: 'test_number_used' }, 'the fixed code of a test number was used')
        return true
      }
    )
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
