import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { Config } from '../../config/settings.ts'
import { otpNames } from '../../redis/otp-names.ts'
import { otpKeys, otpSteps } from '../../redis/otp-steps.ts'
import { DeviceToken, PhoneNumber } from '../schemas.ts'

const body = Type.Object({ phone_number: PhoneNumber, device_token: Type.Optional(DeviceToken) })

/** What the guard knows about a number and about where this request comes from. Counts nothing. */
const guardRoute: FastifyPluginAsyncTypebox<Pick<Config, 'otp'>> = async (fastify, { otp: settings }) => {
  const { guard, otp, redis } = fastify
  const { left } = otpSteps(redis, settings)
  const { namesOf } = otpNames(settings)

  // Not a GET: a device token must not appear in a URL.
  fastify.post('/guard', { schema: { body } }, async (request) => {
    const caller = otp.callerOf(request, request.toE164(request.body.phone_number), 'sign-in')
    const [sends, sendsLeft, guesses, guessesLeft, signedIn] = await guard.leftAt(caller)
    const otherwise = signedIn > 0 ? 'familiar' : 'stranger'
    const [standing, codesLeft, lives, guessesAtCode, short] = await left(otpKeys(caller.phone, 'sign-in'), {
      ...namesOf(caller),
      otherwise
    })
    const { hour, strictSeconds } = await guard.left()
    return {
      phone_number: caller.phone,
      standing,
      number: {
        codes_left: codesLeft,
        code: lives > 0 ? { lives, guesses_left: guessesAtCode } : null,
        short_guesses_left_of_day: short
      },
      source: {
        address: caller.address,
        unfinished: { sends, guesses },
        left: { sends: sendsLeft, guesses: guessesLeft }
      },
      service: { hour: { anybody: hour.anybody }, strictSeconds }
    }
  })
}

export default guardRoute
