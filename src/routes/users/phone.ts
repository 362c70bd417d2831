import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { attempt } from '../../attempt.ts'
import { changePhone } from '../../db/account.ts'
import {
  OtpAttemptLimit,
  OtpInvalid,
  OtpSendLimit,
  PhoneInvalid,
  PhoneTaken,
  ReauthRequired,
  SessionEnded,
  StaffAccount
} from '../../errors.ts'
import { samples, withExample } from '../../http/samples.ts'
import { Account, toAccount } from '../account.ts'
import { bodyErrors, errorResponses, IdempotencyHeaders, signedInErrors } from '../schemas.ts'
import { AskForCode, CodeSent, sendCode, sendCodeErrors } from '../send-code.ts'
import { VerifyCode, verifyCode } from '../verify-code.ts'

const ask = {
  operationId: 'sendPhoneChangeCode',
  summary: 'Send a code to the number that is to be the new one',
  tags: ['account'],
  headers: IdempotencyHeaders,
  body: withExample(AskForCode, { phone_number: samples.newTyped }),
  response: {
    200: CodeSent,
    ...errorResponses(
      ...[...bodyErrors, ...signedInErrors, ReauthRequired, StaffAccount],
      ...[...sendCodeErrors, PhoneTaken]
    )
  }
}

const verify = {
  operationId: 'changePhone',
  summary: 'Change the number with the code; every other session ends',
  tags: ['account'],
  body: withExample(VerifyCode, { phone_number: samples.newTyped, code: samples.code }),
  response: {
    200: Account,
    ...errorResponses(
      ...[...bodyErrors, ...signedInErrors, ReauthRequired, StaffAccount],
      ...[PhoneInvalid, OtpInvalid, OtpAttemptLimit, PhoneTaken]
    )
  }
}

/** How long a notice is of use. */
const NOTICE_SECONDS = 86_400

const phone: FastifyPluginAsyncTypebox = async (fastify) => {
  const { db, dbClock, limits, onceForKey, otp, sms, smsTexts } = fastify
  const notice = { text: smsTexts.phoneChanged, language: smsTexts.language, ttlSeconds: NOTICE_SECONDS }

  // Only the holder of a number learns whether it belongs to an account.
  fastify.post('/phone/', { schema: ask }, async (request) => {
    const { user } = request.user
    const number = request.toE164(request.body.phone_number)
    if (number === user.phoneNumber) throw PhoneTaken()
    const purpose = `change-phone:${user.id}` as const
    return onceForKey(request, number, purpose, () =>
      attempt(request, { places: [limits.phoneChange(user.id)], refuse: OtpSendLimit }, () =>
        sendCode(fastify, request, number, purpose)
      )
    )
  })

  fastify.post('/phone/verify/', { schema: verify }, async (request) => {
    const { user, session } = request.user
    const number = request.toE164(request.body.phone_number)
    const changed = await verifyCode(fastify, request, number, `change-phone:${user.id}`, async () => {
      const asker = { userId: user.id, sessionId: session.id, notAfter: await dbClock.at(request.endsAt) }
      const outcome = await changePhone(db, { ...asker, phone: number })
      // Thrown here: a right code that changes nothing is given back, so it must not count as a sign-in each time.
      if (!outcome) throw SessionEnded()
      if (outcome === 'taken') throw PhoneTaken()
      if (outcome === 'staff') throw StaffAccount()
      return outcome
    })
    if (changed.oldPhone !== number) {
      otp.forgetDevices(changed.oldPhone)
      request.log.info({ event: 'phone_changed', user: user.id }, 'number changed, other sessions ended')
      // Not awaited: the number has changed, however long the gateway takes.
      void sms
        .send({ to: changed.oldPhone, ...notice })
        .catch((error) => request.log.warn({ err: error }, 'the old number was not told'))
    }
    return toAccount({ ...request.user, user: changed.user })
  })
}

export default phone
