import type { FastifyInstance, FastifyRequest } from 'fastify'
import { clientAddress } from '../address.ts'
import { ApiError, NothingToGuessAt, OtpInvalid } from '../errors.ts'
import type { OtpPurpose } from '../plugins/otp.ts'

/**
 * Spends the code of this number (E.164) and purpose. Gives the token by which the device is known to the number.
 * @throws OtpInvalid, OtpAttemptLimit
 */
export async function verifyCode(
  { addressGuard, otp, smsBudget }: Pick<FastifyInstance, 'addressGuard' | 'otp' | 'smsBudget'>,
  request: FastifyRequest<{ Body: { code: string; device_token?: string } }>,
  phone: string,
  purpose: OtpPurpose
): Promise<string | undefined> {
  const { code, device_token: deviceToken } = request.body
  const address = clientAddress(request)
  const { held, succeed, giveBack } = await addressGuard.takeGuess(address, phone)
  const settle = (done: Promise<unknown>) =>
    done.catch((error) => request.log.warn({ err: error }, 'a guess was not settled'))
  try {
    const token = await otp.validate(phone, code, { purpose, address, deviceToken, held })
    // Not waited for: it makes the next guess from here easier, not this one.
    void settle(Promise.all([succeed(), smsBudget.noteUsed(phone, address)]))
    return token
  } catch (error) {
    // Only a wrong code is a failure; what was not judged costs nothing.
    const isWrong = error instanceof ApiError && error.code === OtpInvalid.code
    if (!isWrong || error instanceof NothingToGuessAt) await settle(giveBack())
    throw error
  }
}
