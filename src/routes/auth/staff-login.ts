import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { clientAddress } from '../../address.ts'
import type { User } from '../../db/schema.ts'
import { findLogin, replacePasswordHash } from '../../db/staff.ts'
import {
  CredentialsInvalid,
  LoginLimit,
  PhoneInvalid,
  RateLimited,
  ServiceBusy,
  StaffProfileRequired
} from '../../errors.ts'
import { AccessToken, bodyErrors, errorResponses, Password, PhoneNumber } from '../schemas.ts'

const schema = {
  operationId: 'staffLogin',
  summary: 'Sign a staff member in with the password',
  tags: ['staff'],
  body: Type.Object({ phone_number: PhoneNumber, password: Password }),
  response: {
    200: Type.Object({
      access: AccessToken,
      role: Type.Literal('staff'),
      department_id: Type.String({ format: 'uuid' })
    }),
    ...errorResponses(
      ...[...bodyErrors, PhoneInvalid, CredentialsInvalid, StaffProfileRequired],
      ...[LoginLimit, RateLimited, ServiceBusy]
    )
  }
}

const staffLogin: FastifyPluginAsyncTypebox = async (fastify) => {
  const { db, loginLimit, passwords, sessions } = fastify

  fastify.post('/staff-login/', { schema }, async (request) => {
    const phone = request.toE164(request.body.phone_number)
    const attempt = await loginLimit.take(phone, clientAddress(request))

    const login = await attempt.orGiveBack(async () => {
      const found = await findLogin(db, phone)
      const matches = await passwords.verify(request.body.password, found?.user.passwordHash)
      return matches && found?.user.isActive ? found : undefined
    })
    if (!login) throw CredentialsInvalid()
    await attempt.succeed()
    if (!login.departmentId) throw StaffProfileRequired()

    const tokens = await sessions.startStaff(db, login.user.id, login.departmentId)
    await renewHash(request, login.user, request.body.password)
    request.log.info({ event: 'authn_login_success', user: login.user.id }, 'staff signed in')
    return { ...tokens, role: 'staff' as const, department_id: login.departmentId }
  })
}

/** A hash out of Django gives way to one of ours. That can wait for the next login, so it never fails this one. */
async function renewHash(request: FastifyRequest, user: User, password: string): Promise<void> {
  const { db, passwords } = request.server
  try {
    const better = user.passwordHash && (await passwords.rehash(password, user.passwordHash))
    if (better) await replacePasswordHash(db, user, better)
  } catch (error) {
    request.log.warn({ err: error }, 'a password hash was not renewed')
  }
}

export default staffLogin
