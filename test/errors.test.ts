import t from 'tap'
import * as errors from '../src/errors.ts'

const { ApiError, errorBody, OtpInvalid, PhoneInvalid, ValidationFailed } = errors

/** Every error that errors.ts defines. */
const defined = Object.values(errors).filter(
  (value) => typeof value === 'function' && 'code' in value && 'statusCode' in value
)

t.test('every error in the contract is defined with its status', async (t) => {
  const contract = {
    400: ['PHONE_INVALID'],
    401: [
      'OTP_INVALID',
      'CREDENTIALS_INVALID',
      'TOKEN_MISSING',
      'TOKEN_INVALID',
      'TOKEN_EXPIRED',
      'SESSION_ENDED'
    ],
    403: ['ACCOUNT_DISABLED', 'STAFF_PROFILE_REQUIRED'],
    429: ['OTP_COOLDOWN', 'OTP_SEND_LIMIT', 'OTP_ATTEMPT_LIMIT', 'LOGIN_LIMIT'],
    503: ['SMS_UNAVAILABLE']
  }
  for (const [status, codes] of Object.entries(contract)) {
    for (const code of codes) {
      t.equal(defined.find((error) => error.code === code)?.statusCode, Number(status), code)
    }
  }
})

t.test('error codes are unique and SCREAMING_SNAKE, and messages are sentences', async (t) => {
  for (const { code, message } of defined) {
    t.match(code, /^[A-Z]+(_[A-Z]+)*$/)
    t.match(message, /^[A-Z].*[.]$/, code)
  }
  t.equal(new Set(defined.map(({ code }) => code)).size, defined.length)
})

t.test('each call makes a new error with the stack of its caller', async (t) => {
  const [first, second] = [PhoneInvalid(), PhoneInvalid()]
  t.not(first, second)
  t.ok(first instanceof ApiError && first instanceof Error)
  t.match(first.stack, 'errors.test.ts')
})

t.test('an error body shows the details but not the cause', async (t) => {
  const cause = new Error('the digest was 4f2a')
  const error = OtpInvalid({ attempts_left: 2 }, cause)
  t.equal(error.cause, cause)
  t.strictSame(errorBody(error, error.details), {
    statusCode: 401,
    error: 'Unauthorized',
    code: 'OTP_INVALID',
    message: OtpInvalid.message,
    attempts_left: 2
  })
})

t.test('an error has no details by default', async (t) => {
  t.strictSame(PhoneInvalid().details, {})
  t.strictSame(Object.keys(errorBody(PhoneInvalid)), ['statusCode', 'error', 'code', 'message'])
})

t.test('a validation error gives its own message in the requested language', async (t) => {
  const error = ValidationFailed((language) => `In ${language}.`)
  t.match(error, { statusCode: 400, code: 'VALIDATION_FAILED', message: 'In en.' })
  t.equal(error.messageIn('ru'), 'In ru.')
})

t.test('a status without a standard name is called Error', async (t) => {
  t.equal(errorBody({ statusCode: 599, code: 'REQUEST_INVALID', message: 'Odd.' }).error, 'Error')
})
