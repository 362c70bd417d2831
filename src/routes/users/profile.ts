import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { updateProfile } from '../../db/users.ts'
import { SessionEnded, ValidationFailed } from '../../errors.ts'
import { Account, toAccount } from '../account.ts'
import { bodyErrors, errorResponses, signedInErrors } from '../schemas.ts'

// No control characters (PostgreSQL refuses NUL) and no halves of surrogate pairs (UTF-8 cannot hold them).
const rules = (maxLength: number) => ({ minLength: 1, maxLength, pattern: '^[^\\p{Cc}\\p{Cs}]*$' })
const Clearable = (maxLength: number) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], ...rules(maxLength), description: 'null clears it' })

const schema = {
  operationId: 'updateProfile',
  summary: 'Fill in or change the profile; only what is sent changes',
  tags: ['account'],
  body: Type.Object({
    full_name: Type.Optional(Type.String(rules(150))),
    neighborhood: Type.Optional(Clearable(150)),
    location: Type.Optional(Clearable(255))
  }),
  response: { 200: Account, ...errorResponses(...bodyErrors, ...signedInErrors) }
}

const profile: FastifyPluginAsyncTypebox = async (fastify) => {
  const { db } = fastify

  fastify.patch('/profile/', { schema, preValidation: tidyStrings }, async (request) => {
    const { full_name: fullName, neighborhood, location } = request.body
    const fields = {
      ...(fullName !== undefined && { fullName }),
      ...(neighborhood !== undefined && { neighborhood }),
      ...(location !== undefined && { location })
    }
    if (Object.keys(fields).length === 0) {
      throw ValidationFailed('Send at least one of full_name, neighborhood and location.')
    }
    const user = await updateProfile(db, request.user.user.id, fields)
    if (!user) throw SessionEnded()
    return toAccount({ ...request.user, user })
  })
}

/** Trims and composes (NFC) before validation, so that the limits hold for what is stored. */
async function tidyStrings(request: FastifyRequest): Promise<void> {
  const { body } = request
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return
  request.body = Object.fromEntries(
    Object.entries(body).map(([name, value]) => [
      name,
      typeof value === 'string' ? value.trim().normalize('NFC') : value
    ])
  )
}

export default profile
