import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { RateLimited } from '../../errors.ts'
import { bodyErrors, errorResponses, IdempotencyHeaders } from '../schemas.ts'
import { AskForCode, CodeSent, sendCode, sendCodeErrors } from '../send-code.ts'

const schema = {
  operationId: 'sendOtp',
  summary: 'Send a one-time code by SMS',
  tags: ['citizens'],
  headers: IdempotencyHeaders,
  body: AskForCode,
  response: { 200: CodeSent, ...errorResponses(...bodyErrors, ...sendCodeErrors, RateLimited) }
}

const sendOtp: FastifyPluginAsyncTypebox = async (fastify) => {
  fastify.post('/send-otp/', { schema }, async (request) => {
    const phone = request.toE164(request.body.phone_number)
    return (
      fastify.testNumbers.codeSent(phone) ??
      fastify.onceForKey(request, phone, 'sign-in', () => sendCode(fastify, request, phone, 'sign-in'))
    )
  })
}

export default sendOtp
