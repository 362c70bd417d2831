import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { OtpCooldown, OtpSendLimit, PhoneInvalid, RateLimited, SmsUnavailable } from '../../errors.ts'
import { otpMessage } from '../../otp-message.ts'
import { bodyErrors, errorResponses, PhoneNumber } from '../schemas.ts'

const schema = {
  operationId: 'sendOtp',
  summary: 'Send a one-time code by SMS',
  tags: ['citizens'],
  body: Type.Object({ phone_number: PhoneNumber }),
  response: {
    200: Type.Object({
      phone_number: Type.String({ description: 'E.164', examples: ['+998901234567'] }),
      expires_in: Type.Integer({ description: 'seconds the code lives' }),
      resend_in: Type.Integer({ description: 'seconds until another code may be asked for' }),
      code_length: Type.Integer({ description: 'digits to ask the citizen for' })
    }),
    ...errorResponses(...bodyErrors, PhoneInvalid, OtpCooldown, OtpSendLimit, RateLimited, SmsUnavailable)
  }
}

const sendOtp: FastifyPluginAsyncTypebox = async (fastify) => {
  const { otp, sms } = fastify

  fastify.post('/send-otp/', { schema }, async (request) => {
    const phone = request.toE164(request.body.phone_number)
    const code = otp.generate()
    const { expiresIn, resendIn } = await otp.store(phone, code)
    try {
      await sms.send(phone, otpMessage(code, expiresIn))
    } catch (error) {
      await otp
        .withdraw(phone, code)
        .catch((failure) => request.log.warn({ err: failure }, 'a send was not given back'))
      throw error
    }
    request.log.info({ event: 'otp_sent' }, 'code sent')
    return { phone_number: phone, expires_in: expiresIn, resend_in: resendIn, code_length: code.length }
  })
}

export default sendOtp
