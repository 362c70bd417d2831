import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { clientAddress } from '../../address.ts'
import { findLogin } from '../../db/staff.ts'
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

    const { id: userId, passwordHash } = login.user
    const tokens = await sessions.startStaff(request, {
      userId,
      passwordHash,
      departmentId: login.departmentId
    })
    return { ...tokens, role: 'staff' as const, department_id: login.departmentId }
  })
}

export default staffLogin
