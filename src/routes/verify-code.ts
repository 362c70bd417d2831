import type { FastifyInstance, FastifyRequest } from 'fastify'
import { clientAddress } from '../address.ts'
import { ApiError, OtpInvalid } from '../errors.ts'
import type { OtpPurpose } from '../plugins/otp.ts'

/** Spends the code of this number (E.164) and purpose. @throws OtpInvalid, OtpAttemptLimit */
export async function verifyCode(
  { addressGuard, otp }: Pick<FastifyInstance, 'addressGuard' | 'otp'>,
  request: FastifyRequest<{ Body: { code: string } }>,
  phone: string,
  purpose: OtpPurpose
): Promise<void> {
  const address = clientAddress(request)
  const guess = await addressGuard.takeGuess(address, phone)
  const settle = (done: Promise<unknown>) =>
    done.catch((error) => request.log.warn({ err: error }, 'a guess was not settled'))
  try {
    await otp.validate(phone, request.body.code, { purpose, address })
  } catch (error) {
    // Only a wrong code is a failure; what was not judged costs nothing.
    if (!(error instanceof ApiError && error.code === OtpInvalid.code)) await settle(guess.giveBack())
    throw error
  }
  // Not waited for: it makes the next guess from here easier, not this one.
  void settle(guess.succeed())
}
