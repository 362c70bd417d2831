import { STATUS_CODES } from 'node:http'
import type { Language } from './text/language.ts'
import type { ErrorCode } from './text/messages/uz.ts'
import { errorSentence } from './text/messages.ts'

/** Facts sent to the client along with an error's code: counts and whole seconds, never a secret. */
export type ErrorDetails = Readonly<Record<string, string | number>>

/** An error defined by the contract: its status, its stable code and an English sentence for people. */
export interface ErrorDefinition {
  readonly statusCode: number
  readonly code: ErrorCode
  readonly message: string
  /** The sentence in a given language, where the one in the message catalogue says too little. */
  readonly messageIn?: (language: Language) => string
  /** Sample details, for the API document. */
  readonly example?: ErrorDetails
}

/** Thrown anywhere in the service to end a request; the error handler turns it into a reply. */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly statusCode: number
  readonly code: ErrorCode
  readonly details: ErrorDetails
  readonly messageIn: (language: Language) => string

  constructor(definition: ErrorDefinition, details: ErrorDetails = {}, cause?: unknown) {
    const { statusCode, code, message } = definition
    super(message, { cause })
    this.statusCode = statusCode
    this.code = code
    this.details = details
    this.messageIn = definition.messageIn ?? ((language) => errorSentence(language, code, message))
  }
}

/** The `retry_after` of a 503, in seconds, where no better figure is known. */
const RETRY_AFTER = 1

/** The body of every error reply (contract.md, Conventions). */
export function errorBody(
  { statusCode, code, message }: ErrorDefinition,
  details: ErrorDetails = {}
): ErrorDetails {
  const wait = statusCode === 503 && { retry_after: RETRY_AFTER }
  return { statusCode, error: STATUS_CODES[statusCode] ?? 'Error', code, message, ...wait, ...details }
}

// `void` lets a factory that takes no details be called without arguments.
// biome-ignore lint/suspicious/noConfusingVoidType: see above
function define<Details extends ErrorDetails | void = void>(
  statusCode: number,
  code: ErrorCode,
  message: string,
  ...[example]: Details extends ErrorDetails ? [example: Details] : []
) {
  const definition: ErrorDefinition = { statusCode, code, message, ...(example && { example }) }
  const create = (details: Details, cause?: unknown) => new ApiError(definition, details ?? {}, cause)
  return Object.assign(create, definition)
}

type RetryAfter = { retry_after: number }

export const JsonInvalid = define(400, 'JSON_INVALID', 'The body must be one JSON object, in UTF-8.')
export const PhoneInvalid = define(400, 'PHONE_INVALID', 'This is not a mobile number we can send a code to.')
export const RequestInvalid = define(400, 'REQUEST_INVALID', 'The request cannot be served as it is.')
const validationFailed: ErrorDefinition = {
  statusCode: 400,
  code: 'VALIDATION_FAILED',
  message: 'A field is missing or has the wrong form; the message names it.'
}
/** The only error whose sentence is composed for each request, in the requested language, because it names the field. */
export const ValidationFailed = Object.assign(
  (messageIn: (language: Language) => string) =>
    new ApiError({ ...validationFailed, message: messageIn('en'), messageIn }),
  validationFailed
)

export const OtpInvalid = define<{ attempts_left: number }>(
  401,
  'OTP_INVALID',
  'The code is wrong or has expired.',
  { attempts_left: 4 }
)
export const CredentialsInvalid = define(
  401,
  'CREDENTIALS_INVALID',
  'The phone number or the password is wrong.'
)
export const TokenMissing = define(
  401,
  'TOKEN_MISSING',
  'Sign in: send the header "Authorization: Bearer <access token>".'
)
export const TokenInvalid = define(401, 'TOKEN_INVALID', 'The token is not valid; sign in again.')
export const TokenExpired = define(401, 'TOKEN_EXPIRED', 'The token has expired.')
export const SessionEnded = define(401, 'SESSION_ENDED', 'This sign-in has ended; sign in again.')

export const AccountDisabled = define(403, 'ACCOUNT_DISABLED', 'This account is switched off.')
export const StaffProfileRequired = define(
  403,
  'STAFF_PROFILE_REQUIRED',
  'Only staff can sign in here; citizens sign in with a code.'
)
export const ReauthRequired = define(
  403,
  'REAUTH_REQUIRED',
  'This needs a fresh sign-in; sign in again, then repeat it.'
)

export const NotFound = define(404, 'NOT_FOUND', 'There is nothing at this address.')
export const MethodNotAllowed = define(
  405,
  'METHOD_NOT_ALLOWED',
  'This address does not take this method; the header Allow lists those it takes.'
)
export const PhoneTaken = define(409, 'PHONE_TAKEN', 'This number belongs to an account already.')
export const StaffAccount = define(
  409,
  'STAFF_ACCOUNT',
  'This is a staff account; its administrator deletes it or gives it another number.'
)
export const BodyTooLarge = define(413, 'BODY_TOO_LARGE', 'The body is larger than this service reads.')
export const MediaTypeUnsupported = define(
  415,
  'MEDIA_TYPE_UNSUPPORTED',
  'Send JSON in UTF-8, not compressed, with the header "Content-Type: application/json".'
)

export const ExpectationFailed = define(
  417,
  'EXPECTATION_FAILED',
  'The header Expect asks for something that this service does not do.'
)
export const IdempotencyMismatch = define(
  422,
  'IDEMPOTENCY_MISMATCH',
  'This Idempotency-Key was used to ask for something else; make a new one.'
)

export const OtpCooldown = define<RetryAfter>(
  429,
  'OTP_COOLDOWN',
  'A code was just sent to this number; wait before asking for another.',
  { retry_after: 60 }
)
export const OtpSendLimit = define<RetryAfter & { captcha?: 'required' }>(
  429,
  'OTP_SEND_LIMIT',
  'Too many codes were asked for; try again later.',
  { retry_after: 60 }
)
export const OtpAttemptLimit = define<RetryAfter>(
  429,
  'OTP_ATTEMPT_LIMIT',
  'Too many wrong codes; try again later.',
  { retry_after: 60 }
)
export const LoginLimit = define<RetryAfter>(
  429,
  'LOGIN_LIMIT',
  'Too many wrong passwords; try again later.',
  { retry_after: 60 }
)
export const RateLimited = define<RetryAfter>(
  429,
  'RATE_LIMITED',
  'Too many requests from this address; slow down.',
  { retry_after: 60 }
)

export const InternalError = define(
  500,
  'INTERNAL_ERROR',
  'Something went wrong on our side; quote the x-request-id when you report it.'
)
export const NotReady = define<{ postgresql: string; redis: string }>(
  503,
  'NOT_READY',
  'A store this service needs does not answer, or cannot be written to.',
  { postgresql: 'up', redis: 'down' }
)
export const MigrationsPending = define(
  503,
  'MIGRATIONS_PENDING',
  'The database is not up to date: its administrator must run "manage migrate".'
)
export const ServiceBusy = define(
  503,
  'SERVICE_BUSY',
  'Too many people are signing in right now; try again in a moment.'
)
export const ServiceUnavailable = define(
  503,
  'SERVICE_UNAVAILABLE',
  'The service cannot answer right now; try again in a moment.'
)
export const SmsUnavailable = define<RetryAfter | undefined>(
  503,
  'SMS_UNAVAILABLE',
  'The code could not be sent; try again.',
  { retry_after: 1 }
)
