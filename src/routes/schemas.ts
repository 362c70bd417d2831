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
import { PASSWORD_MAX_LENGTH } from '../passwords/hash.ts'

/** As PostgreSQL reads it: the format alone allows `urn:uuid:` before it. */
export const Uuid = Type.String({ format: 'uuid', pattern: '^[0-9a-fA-F-]{36}$' })

export const PhoneNumber = Type.String({
  description: 'A mobile number as people type it; it is answered as E.164',
  examples: ['+998 90 123-45-67']
})

export const OtpCode = Type.String({
  description: 'The code from the SMS as it is typed or pasted: 4 to 8 digits, as a string',
  tidy: 'digits',
  minLength: 4,
  maxLength: 8,
  pattern: '^[0-9]*$',
  examples: ['4821']
})

export const DeviceToken = Type.String({
  description:
    'Names the device to the number that has signed in on it. Keep it, also after logout, and send it with each ask for a code and each code: then strangers can neither spend what the device may do nor keep it waiting',
  maxLength: 64,
  examples: ['q3Yk0n8mV1xT5rB7cJ2wLg']
})

export const CaptchaToken = Type.String({
  description:
    'The answer of the captcha that a 429 with `captcha: "required"` asks for (Turnstile, hCaptcha)',
  maxLength: 8_192
})

/** The headers of a call that can be made again. */
export const IdempotencyHeaders = Type.Object({
  'Idempotency-Key': Type.Optional(
    Type.String({
      description:
        'A random name for this one tap, such as a UUID. With it the call can be made again when its answer was lost: the first 200 is repeated as it was, its times count from then, and nothing more is sent, for as long as the code lives. An error is not repeated: the call is made. Another `captcha_token` is the same call; another number or `device_token` is a 422',
      minLength: 1,
      maxLength: 255,
      pattern: '^[\\x21-\\x7e]*$',
      examples: ['8e03978e-40d5-43dd-bc93-6894a57f9324']
    })
  )
})

export const Password = Type.String({
  minLength: 1,
  maxLength: PASSWORD_MAX_LENGTH,
  // UTF-8 cannot hold halves of surrogate pairs: to the hash, each is the same.
  pattern: '^\\P{Cs}*$',
  examples: ['correct horse battery staple']
})

export const AccessToken = Type.String({ description: 'JWT for the header "Authorization: Bearer …"' })
export const RefreshToken = Type.String({ description: 'JWT that renews the access token' })
export const NoContent = Type.Null({ description: 'Done; there is no body' })

const hints = {
  attempts_left: Type.Optional(
    Type.Integer({ description: 'guesses left at this code; 0: ask for a new one' })
  ),
  retry_after: Type.Optional(Type.Integer({ description: 'seconds to wait, as in the header Retry-After' })),
  captcha: Type.Optional(
    Type.Literal('required', { description: 'a `captcha_token` would do instead of waiting' })
  )
}

/** What every call can answer, whatever it does. */
const everywhere = [InternalError, MigrationsPending, ServiceUnavailable]
/** What a call that needs no body can answer to one that it cannot read. */
export const strayBodyErrors = [JsonInvalid, BodyTooLarge, MediaTypeUnsupported]
/** What every call with a body can answer. */
export const bodyErrors = [...strayBodyErrors, ValidationFailed]
/** What every call of a signed-in user can answer. */
export const signedInErrors = [TokenMissing, TokenInvalid, TokenExpired, SessionEnded, RateLimited]

/** The `response` schemas of a route's errors: one for each status, with every code and an example in the API document. */
export function errorResponses(...errors: ErrorDefinition[]) {
  const responses: Record<number, ReturnType<typeof errorSchema>> = {}
  const all = [...errors, ...everywhere]
  for (const { statusCode } of all) {
    responses[statusCode] ??= errorSchema(all.filter((error) => error.statusCode === statusCode))
  }
  return responses
}

function errorSchema(errors: ErrorDefinition[]) {
  const description = errors.map(({ code, message }) => `- \`${code}\`: ${message}`).join('\n')
  return Type.Object(
    {
      statusCode: Type.Integer(),
      error: Type.String(),
      code: Type.Unsafe<string>({ type: 'string', enum: errors.map(({ code }) => code) }),
      message: Type.String(),
      ...hints
    },
    // A schema that closed itself would drop the details it does not name.
    {
      description,
      examples: errors.map((error) => errorBody(error, error.example)),
      additionalProperties: true
    }
  )
}
