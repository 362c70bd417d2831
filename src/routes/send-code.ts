import { type Static, Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { databaseState } from '../db/state.ts'
import {
  MigrationsPending,
  OtpCooldown,
  OtpSendLimit,
  PhoneInvalid,
  ServiceUnavailable,
  SmsUnavailable
} from '../errors.ts'
import { clientAddress } from '../http/client.ts'
import type { Held, OtpPurpose } from '../plugins/otp.ts'
import { otpMessage } from '../sms/text.ts'

export const CodeSent = Type.Object({
  phone_number: Type.String({ description: 'E.164', examples: ['+998901234567'] }),
  expires_in: Type.Integer({ description: 'seconds the code lives' }),
  resend_in: Type.Integer({ description: 'seconds until another code may be asked for' }),
  code_length: Type.Integer({ description: 'digits to ask the citizen for' })
})

export const sendCodeErrors = [PhoneInvalid, OtpCooldown, OtpSendLimit, SmsUnavailable]

/**
 * Makes a code for this number (E.164) and purpose and sends it; a code that no gateway took is as if it had never been.
 * @throws OtpCooldown, OtpSendLimit, SmsUnavailable
 */
export async function sendCode(
  { addressGuard, db, otp, sms, smsBudget }: FastifyInstance,
  request: FastifyRequest<{ Body: { phone_number: string; device_token?: string } }>,
  phone: string,
  purpose: OtpPurpose
): Promise<Static<typeof CodeSent>> {
  const address = clientAddress(request)
  const payFor = async () => {
    const { held, giveBack } = await smsBudget.take(phone, address)
    await request.undoOnFailure(giveBack)
    return held
  }
  const counts = [addressGuard.takeSend(request, phone), payFor()]
  const asked = databaseState(db, phone)
  // All have ended before one of them ends this, so that nothing is counted after it was given back.
  await Promise.allSettled([...counts, asked])
  // An SMS costs money, and its code would be worth nothing.
  const state = await asked
  if (state === 'unmigrated') throw MigrationsPending()
  if (state === 'read_only') throw ServiceUnavailable()
  const held = longest(await Promise.all(counts))
  const use = { purpose, address, deviceToken: request.body.device_token, held }
  const codes = otp.generate()
  // Before it is stored: a reply that is lost must not leave a cooldown without an SMS.
  await request.undoOnFailure(() => otp.withdraw(phone, codes, use))
  const { code, expiresIn, resendIn } = await otp.store(phone, codes, use)
  // An SMS that is on its way cannot be taken back.
  request.stillWaits()
  await sms.send(phone, otpMessage(purpose, code, expiresIn), request.endsAt)
  request.log.info({ event: 'otp_sent' }, 'code sent')
  return { phone_number: phone, expires_in: expiresIn, resend_in: resendIn, code_length: code.length }
}

function longest(all: Held[]): Held {
  const most = (who: 'address' | 'stranger') => Math.max(...all.map((held) => held[who] ?? 0))
  return { address: most('address'), stranger: most('stranger'), isLong: all.some(({ isLong }) => isLong) }
}
