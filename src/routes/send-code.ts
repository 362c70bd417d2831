import { type Static, Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { attempt } from '../attempt.ts'
import { IdempotencyMismatch, OtpCooldown, OtpSendLimit, PhoneInvalid, SmsUnavailable } from '../errors.ts'
import { samples, withExample } from '../http/samples.ts'
import { operatorPrefix } from '../phone.ts'
import type { OtpPurpose } from '../plugins/otp.ts'
import { asked } from '../telemetry/channels.ts'
import { languageOf } from '../text/language.ts'
import { CaptchaToken, DeviceToken, Int32, PhoneNumber } from './schemas.ts'
import { assertWritable } from './writable.ts'

export const AskForCode = withExample(
  Type.Object(
    {
      phone_number: PhoneNumber,
      device_token: Type.Optional(DeviceToken),
      captcha_token: Type.Optional(CaptchaToken)
    },
    { title: 'AskForCode' }
  ),
  { phone_number: samples.typed }
)

export const CodeSent = withExample(
  Type.Object(
    {
      phone_number: Type.String({ description: 'E.164', examples: [samples.phone] }),
      expires_in: Int32('seconds the code lives'),
      resend_in: Int32('seconds until another code may be asked for'),
      code_length: Int32('digits to ask the citizen for')
    },
    { title: 'CodeSent', description: 'A code is on its way' }
  ),
  { phone_number: samples.phone, expires_in: 300, resend_in: 60, code_length: 4 }
)

export const sendCodeErrors = [PhoneInvalid, IdempotencyMismatch, OtpCooldown, OtpSendLimit, SmsUnavailable]

/**
 * Creates a code for this number (E.164) and purpose and sends it. A code that no gateway takes is withdrawn without a trace.
 * @throws OtpCooldown, OtpSendLimit, SmsUnavailable, and what `assertWritable` throws
 */
export async function sendCode(
  { captcha, db, guard, otp, sms, smsTexts }: FastifyInstance,
  request: FastifyRequest<{ Body: Static<typeof AskForCode> }>,
  phone: string,
  purpose: OtpPurpose
): Promise<Static<typeof CodeSent>> {
  const language = languageOf(request.headers['accept-language']) ?? smsTexts.language
  const codeFor = purpose === 'sign-in' ? purpose : 'change-phone'
  asked.publish({ prefix: operatorPrefix(phone) })
  const caller = otp.callerOf(request, phone, purpose)
  const place = guard.send(caller)
  const writable = assertWritable(db)
  // Runs in parallel with the guard's steps, and is awaited after them.
  writable.catch(() => {})
  return attempt(request, { places: [place] }, async (terms) => {
    // An SMS costs money, and its code would be useless if the sign-in could not be written.
    await writable
    const codes = otp.generate()
    // Registered before the code is stored: if that reply is lost, no cooldown without an SMS may remain.
    await request.undoOnFailure(() => otp.withdraw(caller, codes))
    const code = await otp.store(caller, codes, terms, captcha(request))
    // Must come before sending: an SMS that is on its way cannot be taken back.
    request.stillWaits()
    const text = smsTexts.ofCode(codeFor, code, language)
    await sms.send({ to: phone, text, language, code, ttlSeconds: otp.ttlSeconds }, request.endsAt)
    request.log.info({ event: 'otp_sent' }, 'code sent')
    return {
      phone_number: phone,
      expires_in: otp.ttlSeconds,
      resend_in: otp.resendSeconds,
      code_length: code.length
    }
  })
}
