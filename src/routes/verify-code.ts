import { Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { attempt } from '../attempt.ts'
import { OtpInvalid } from '../errors.ts'
import { samples, withExample } from '../http/samples.ts'
import type { Judgement, OtpPurpose } from '../plugins/otp.ts'
import { DeviceToken, OtpCode, PhoneNumber } from './schemas.ts'
import { assertWritable } from './writable.ts'

export const VerifyCode = withExample(
  Type.Object(
    { phone_number: PhoneNumber, code: OtpCode, device_token: Type.Optional(DeviceToken) },
    { title: 'VerifyCode' }
  ),
  { phone_number: samples.typed, code: samples.code }
)

type Outcome<Result> = { isRight: true; result: Result } | Extract<Judgement, { isRight: false }>

/**
 * Spends the code of this number (E.164) and purpose on `work`, which gets the token by which the number knows the device. If
 * anything throws, the code can be used again.
 * @throws OtpInvalid, OtpAttemptLimit, what `assertWritable` throws, and what `work` throws
 */
export async function verifyCode<Result>(
  { db, guard, otp, sms }: FastifyInstance,
  request: FastifyRequest<{ Body: { code: string; device_token?: string } }>,
  phone: string,
  purpose: OtpPurpose,
  work: (deviceToken: string | undefined) => Promise<Result>
): Promise<Result> {
  const caller = otp.callerOf(request, phone, purpose)
  const guess = otp.guessOf(request.body.code)
  const place = guard.guess(caller)
  const writable = assertWritable(db)
  // Runs in parallel with the guard's steps, and is awaited after them.
  writable.catch(() => {})
  const judged = await attempt(
    request,
    { places: [place], isRight: ({ isRight }: Outcome<Result>) => isRight },
    async (terms): Promise<Outcome<Result>> => {
      // Must come before the code is spent.
      await writable
      // Registered before the guess is judged: the code may be spent even if the reply of Redis comes too late.
      const keep = await request.undoOnFailure(() => otp.unspend(caller, guess))
      const judgement = await otp.validate(caller, guess, terms)
      if (!judgement.isRight) {
        keep()
        await place.settle(judgement.isForAll)
        return judgement
      }
      request.stillWaits()
      return { isRight: true, result: await work(judgement.deviceToken) }
    }
  )
  if (!judged.isRight) throw OtpInvalid({ attempts_left: judged.attemptsLeft })
  sms.noteUsed(phone, guess.code)
  return judged.result
}
