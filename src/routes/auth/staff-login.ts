import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { attempt } from '../../attempt.ts'
import { findLogin, type Login, replacePasswordHash } from '../../db/staff.ts'
import {
  CredentialsInvalid,
  LoginLimit,
  PhoneInvalid,
  RateLimited,
  ServiceBusy,
  StaffProfileRequired
} from '../../errors.ts'
import { samples, withExample } from '../../http/samples.ts'
import type { Lane } from '../../plugins/passwords.ts'
import { AccessToken, bodyErrors, errorResponses, Password, PhoneNumber } from '../schemas.ts'

const StaffCredentials = withExample(
  Type.Object({ phone_number: PhoneNumber, password: Password }, { title: 'StaffCredentials' }),
  { phone_number: samples.staffPhone, password: samples.password }
)

const StaffSignIn = withExample(
  Type.Object(
    {
      access: AccessToken,
      role: Type.Literal('staff'),
      department_id: Type.String({ format: 'uuid' })
    },
    { title: 'StaffSignIn', description: 'Signed in; there is no refresh token' }
  ),
  { access: samples.access, role: 'staff', department_id: samples.department }
)

const schema = {
  operationId: 'staffLogin',
  summary: 'Sign a staff member in with the password',
  description: 'The example is the demo staff of `npm run dev`, which prints the password.',
  tags: ['staff'],
  body: StaffCredentials,
  response: {
    200: StaffSignIn,
    ...errorResponses(
      ...[...bodyErrors, PhoneInvalid, CredentialsInvalid, StaffProfileRequired],
      ...[LoginLimit, RateLimited, ServiceBusy]
    )
  }
}

const staffLogin: FastifyPluginAsyncTypebox = async (fastify) => {
  const { limits, passwords, sessions } = fastify

  fastify.post('/staff-login/', { schema }, async (request) => {
    const phone = request.toE164(request.body.phone_number)
    const lane = (await limits.knowsLogin(request, phone)) ? 'known' : 'stranger'
    // Comes before any counting or lookup: refusing a flood must be cheap.
    if (passwords.queues[lane].isFull) throw ServiceBusy()

    const login = await attempt(
      request,
      { places: limits.login(request, phone), refuse: LoginLimit, isRight: (login) => login !== undefined },
      () => verifyLogin(request, phone, request.body.password, lane)
    )
    if (!login) throw CredentialsInvalid()
    if (!login.departmentId) throw StaffProfileRequired()

    return { ...(await sessions.startStaff(request, login.user)), role: 'staff' as const }
  })
}

/** Finds the login that a password opens. On the way, an outdated hash, e.g. Django's, is replaced by one of ours. */
async function verifyLogin(
  request: FastifyRequest,
  phone: string,
  password: string,
  lane: Lane
): Promise<Login | undefined> {
  const { db, dbClock, passwords } = request.server
  const login = await findLogin(db, phone)
  const hash = login?.user.passwordHash
  const matches = await passwords.verify(password, hash, lane)
  if (!matches || !hash || !login.user.isActive) return undefined

  const better = await passwords.rehash(password, hash, lane).catch((error) => {
    // The new hash can wait for the next login.
    request.log.warn({ err: error }, 'a password hash was not renewed')
    return undefined
  })
  if (!better) return login
  const notAfter = await dbClock.at(request.endsAt)
  if (await replacePasswordHash(db, { userId: login.user.id, passwordHash: hash, better, notAfter })) {
    return { ...login, user: { ...login.user, passwordHash: better } }
  }
  // The hash has changed meanwhile: a parallel login renewed it, or the password was changed.
  return verifyLogin(request, phone, password, lane)
}

export default staffLogin
