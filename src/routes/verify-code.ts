import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ApiError, NothingToGuessAt, OtpInvalid } from '../errors.ts'
import { clientAddress } from '../http/client.ts'
import type { OtpPurpose } from '../plugins/otp.ts'

/**
 * Spends the code of this number (E.164) and purpose on `work`, which gets the token by which the device is known to the
 * number. Where that throws, the code can be used again.
 * @throws OtpInvalid, OtpAttemptLimit, and what `work` throws
 */
export async function verifyCode<Result>(
  { addressGuard, otp, smsBudget }: Pick<FastifyInstance, 'addressGuard' | 'otp' | 'smsBudget'>,
  request: FastifyRequest<{ Body: { code: string; device_token?: string } }>,
  phone: string,
  purpose: OtpPurpose,
  work: (deviceToken: string | undefined) => Promise<Result>
): Promise<Result> {
  const { code, device_token: deviceToken } = request.body
  const address = clientAddress(request)
  const { held, succeed, keep } = await addressGuard.takeGuess(request, phone)
  const use = { purpose, address, deviceToken, held, newToken: otp.newToken() }
  // Before it is judged: the code may be spent though Redis answers too late.
  await request.undoOnFailure(() => otp.unspend(phone, use))
  const token = await otp.validate(phone, code, use).catch((error) => {
    if (isWrong(error)) keep()
    throw error
  })
  request.stillWaits()
  const result = await work(token)
  // Not awaited: it makes the next guess from here easier, not this one.
  Promise.all([succeed(), smsBudget.noteUsed(phone, address)]).catch((error) =>
    request.log.warn({ err: error }, 'a right code was not noted')
  )
  return result
}

/** Only a wrong code is a failure; what was not judged costs nothing. */
function isWrong(error: unknown): boolean {
  return error instanceof ApiError && error.code === OtpInvalid.code && !(error instanceof NothingToGuessAt)
}
