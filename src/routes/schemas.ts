import { Type } from '@sinclair/typebox'
import type { ErrorDefinition } from '../errors.ts'
import {
  BodyTooLarge,
  errorBody,
  InternalError,
  JsonInvalid,
  MediaTypeUnsupported,
  MigrationsPending,
  RateLimited,
  ServiceUnavailable,
  SessionEnded,
  TokenExpired,
  TokenInvalid,
  TokenMissing,
  ValidationFailed
} from '../errors.ts'
import { samples } from '../http/samples.ts'
import { PASSWORD_MAX_LENGTH } from '../passwords/hash.ts'

/** A UUID that PostgreSQL can read: the format alone also allows a `urn:uuid:` prefix. */
export const Uuid = Type.String({ format: 'uuid', pattern: '^[0-9a-fA-F-]{36}$' })

export const PhoneNumber = Type.String({
  description: 'A mobile number as people type it; it is answered as E.164',
  examples: [samples.typed]
})

export const OtpCode = Type.String({
  description: 'The code from the SMS as it is typed or pasted: 4 to 8 digits, as a string',
  tidy: 'digits',
  minLength: 4,
  maxLength: 8,
  pattern: '^[0-9]*$',
  examples: [samples.code]
})

export const DeviceToken = Type.String({
  description:
    'Names the device to the number that has signed in on it. Keep it, also after logout, and send it with each ask for a code and each code: then strangers can neither spend what the device may do nor keep it waiting',
  maxLength: 64,
  examples: [samples.device]
})

export const CaptchaToken = Type.String({
  description:
    'The answer of the captcha that a 429 with `captcha: "required"` asks for (Turnstile, hCaptcha)',
  maxLength: 8_192
})

/** The headers of a call that can be repeated. */
export const IdempotencyHeaders = Type.Object({
  'Idempotency-Key': Type.Optional(
    Type.String({
      description:
        'A random name for this one tap, such as a UUID. With it the call can be made again when its answer was lost: the first 200 is repeated as it was, its times count from then, and nothing more is sent, for as long as the code lives. An error is not repeated: the call is made. Another `captcha_token` is the same call; another number or `device_token` is a 422',
      minLength: 1,
      maxLength: 255,
      pattern: '^[\\x21-\\x7e]*$'
    })
  )
})

export const Password = Type.String({
  minLength: 1,
  maxLength: PASSWORD_MAX_LENGTH,
  // UTF-8 cannot encode halves of surrogate pairs: to the hash they would all be the same.
  pattern: '^[^\\uD800-\\uDFFF]*$',
  examples: [samples.password]
})

export const AccessToken = Type.String({
  description: 'JWT for the header "Authorization: Bearer …"',
  examples: [samples.access]
})
export const RefreshToken = Type.String({
  description: 'JWT that renews the access token',
  examples: [samples.refresh]
})
/** An integer that fits a built-in type of every language. */
export const Int32 = (description: string, { minimum = 0, maximum = 2_147_483_647 } = {}) =>
  Type.Integer({ format: 'int32', minimum, maximum, description })
export const NoContent = Type.Null({ description: 'Done; there is no body' })

const hints = {
  attempts_left: Type.Optional(Int32('guesses left at this code; 0: ask for a new one')),
  retry_after: Type.Optional(Int32('seconds to wait, as in the header Retry-After')),
  captcha: Type.Optional(
    Type.Literal('required', { description: 'a `captcha_token` would do instead of waiting' })
  )
}

/** The errors of every call. */
const everywhere = [InternalError, MigrationsPending, ServiceUnavailable]
/** The errors of a call that needs no body but got one that it cannot read. */
export const strayBodyErrors = [JsonInvalid, BodyTooLarge, MediaTypeUnsupported]
/** The errors of every call with a body. */
export const bodyErrors = [...strayBodyErrors, ValidationFailed]
/** The errors of every call of a signed-in user. */
export const signedInErrors = [TokenMissing, TokenInvalid, TokenExpired, SessionEnded, RateLimited]

/** The error schemas for a route's `response`: one per status, with all its codes and an example each in the API document. */
export function errorResponses(...errors: ErrorDefinition[]) {
  const responses: Record<number, ReturnType<typeof errorSchema>> = {}
  const all = [...errors, ...everywhere]
  for (const { statusCode } of all) {
    responses[statusCode] ??= errorSchema(all.filter((error) => error.statusCode === statusCode))
  }
  return responses
}

/** Replies may have more fields than are listed: a closed schema would drop the details that it does not name. */
const open = { additionalProperties: true }

const ErrorBody = Type.Object(
  {
    statusCode: Int32('the status', { minimum: 400, maximum: 599 }),
    error: Type.String({ description: 'the status in the words of HTTP' }),
    code: Type.String({ description: 'what went wrong, for programs; it is stable' }),
    message: Type.String({ description: 'what went wrong, for people, in the language of Accept-Language' }),
    ...hints
  },
  { title: 'Error', description: 'The body of every error', ...open }
)

function errorSchema(errors: ErrorDefinition[]) {
  const codes = errors.map(({ code }) => code)
  const ofThisCall = Type.Object({ code: Type.Unsafe<string>({ type: 'string', enum: codes }) }, open)
  return Type.Intersect([ErrorBody, ofThisCall], {
    description: errors.map(({ code, message }) => `- \`${code}\`: ${message}`).join('\n'),
    'x-examples': Object.fromEntries(
      errors.map((error) => [error.code, { value: errorBody(error, error.example) }])
    )
  })
}
