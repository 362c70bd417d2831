import { type Static, Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { OtpCooldown, OtpSendLimit, PhoneInvalid, SmsUnavailable } from '../errors.ts'
import { otpMessage } from '../otp-message.ts'
import type { OtpPurpose } from '../plugins/otp.ts'

export const CodeSent = Type.Object({
  phone_number: Type.String({ description: 'E.164', examples: ['+998901234567'] }),
  expires_in: Type.Integer({ description: 'seconds the code lives' }),
  resend_in: Type.Integer({ description: 'seconds until another code may be asked for' }),
  code_length: Type.Integer({ description: 'digits to ask the citizen for' })
})

export const sendCodeErrors = [PhoneInvalid, OtpCooldown, OtpSendLimit, SmsUnavailable]

/** Makes a code for this number (E.164) and purpose and sends it; a code that no gateway took is as if it had never been. */
export async function sendCode(
  { otp, sms }: Pick<FastifyInstance, 'otp' | 'sms'>,
  { log }: FastifyRequest,
  phone: string,
  purpose: OtpPurpose
): Promise<Static<typeof CodeSent>> {
  const code = otp.generate()
  const { expiresIn, resendIn } = await otp.store(phone, code, purpose)
  try {
    await sms.send(phone, otpMessage(purpose, code, expiresIn))
  } catch (error) {
    await otp
      .withdraw(phone, code, purpose)
      .catch((failure) => log.warn({ err: failure }, 'a send was not given back'))
    throw error
  }
  log.info({ event: 'otp_sent' }, 'code sent')
  return { phone_number: phone, expires_in: expiresIn, resend_in: resendIn, code_length: code.length }
}
