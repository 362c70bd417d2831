import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { AccountDisabled, OtpAttemptLimit, OtpInvalid, PhoneInvalid, RateLimited } from '../../errors.ts'
import { samples, withExample } from '../../http/samples.ts'
import { profileComplete } from '../account.ts'
import { AccessToken, bodyErrors, DeviceToken, errorResponses, RefreshToken } from '../schemas.ts'
import { VerifyCode, verifyCode } from '../verify-code.ts'

const CitizenSignIn = withExample(
  Type.Object(
    {
      access: AccessToken,
      refresh: RefreshToken,
      is_new_user: Type.Boolean({
        description: 'true exactly once for a number: show the registration form'
      }),
      role: Type.Literal('citizen'),
      profile_complete: Type.Boolean({ description: 'false: the registration form was never sent' }),
      device_token: Type.Optional(DeviceToken)
    },
    { title: 'CitizenSignIn', description: 'Signed in' }
  ),
  {
    access: samples.access,
    refresh: samples.refresh,
    is_new_user: true,
    role: 'citizen',
    profile_complete: false,
    device_token: samples.device
  }
)

const schema = {
  operationId: 'verifyOtp',
  summary: 'Sign a citizen in with the code; the first sign-in creates the user',
  tags: ['citizens'],
  body: VerifyCode,
  response: {
    200: CitizenSignIn,
    ...errorResponses(...bodyErrors, PhoneInvalid, OtpInvalid, AccountDisabled, OtpAttemptLimit, RateLimited)
  }
}

const verifyOtp: FastifyPluginAsyncTypebox = async (fastify) => {
  const { otp, sessions, testNumbers } = fastify

  fastify.post('/verify-otp/', { schema }, async (request) => {
    const phone = request.toE164(request.body.phone_number)
    const signIn = async (deviceToken?: string) => ({
      deviceToken,
      ...(await sessions.startCitizen(request, phone))
    })
    const isReviewer = await testNumbers.accepts(request, phone, request.body.code)
    const signedIn = isReviewer
      ? await signIn()
      : await verifyCode(fastify, request, phone, 'sign-in', signIn)
    const { deviceToken, isNew, fullName, wasDormant, ...tokens } = signedIn
    // Keeps this device and its address, which became known a moment ago.
    if (wasDormant) otp.forgetDevices(phone, deviceToken ? 2 : 0)
    return {
      ...tokens,
      is_new_user: isNew,
      role: 'citizen' as const,
      profile_complete: profileComplete({ fullName }),
      ...(deviceToken && { device_token: deviceToken })
    }
  })
}

export default verifyOtp
