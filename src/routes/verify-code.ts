import type { FastifyInstance, FastifyRequest } from 'fastify'
import { attempt } from '../attempt.ts'
import { OtpInvalid } from '../errors.ts'
import type { Judgement, OtpPurpose } from '../plugins/otp.ts'

type Outcome<Result> = { isRight: true; result: Result } | Extract<Judgement, { isRight: false }>

/**
 * Spends the code of this number (E.164) and purpose on `work`, which gets the token by which the device is known to the
 * number, and what was looked up beside the guard's steps. Where anything throws, the code can be used again.
 * @throws OtpInvalid, OtpAttemptLimit, and what `work` throws
 */
export async function verifyCode<Found, Result>(
  { guard, otp }: FastifyInstance,
  request: FastifyRequest<{ Body: { code: string; device_token?: string } }>,
  { phone, purpose, lookUp }: { phone: string; purpose: OtpPurpose; lookUp: () => Promise<Found> },
  work: (deviceToken: string | undefined, found: Found) => Promise<Result>
): Promise<Result> {
  const caller = otp.callerOf(request, phone, purpose)
  const guess = otp.guessOf(request.body.code)
  const place = guard.guess(caller)
  const lookedUp = lookUp()
  // It runs beside the guard's steps, and is awaited after them.
  lookedUp.catch(() => {})
  const judged = await attempt(
    request,
    { places: [place], isRight: ({ isRight }: Outcome<Result>) => isRight },
    async (terms): Promise<Outcome<Result>> => {
      // First, so that a database that is away is found before the code is spent.
      const found = await lookedUp
      // Before it is judged: the code may be spent though Redis answers too late.
      const keep = await request.undoOnFailure(() => otp.unspend(caller, guess))
      const judgement = await otp.validate(caller, guess, terms)
      if (!judgement.isRight) {
        keep()
        await place.settle(judgement.isForAll)
        return judgement
      }
      request.stillWaits()
      return { isRight: true, result: await work(judgement.deviceToken, found) }
    }
  )
  if (!judged.isRight) throw OtpInvalid({ attempts_left: judged.attemptsLeft })
  return judged.result
}
