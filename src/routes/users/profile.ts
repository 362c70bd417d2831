import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { changeProfile } from '../../db/profile-of-session.ts'
import { type ProfileFields, updateProfile } from '../../db/users.ts'
import { SessionEnded, ValidationFailed } from '../../errors.ts'
import { samples, withExample } from '../../http/samples.ts'
import { phrases } from '../../text/messages.ts'
import { LOCATION_MAX, NAME_MAX } from '../../text/text.ts'
import { Account, toAccount } from '../account.ts'
import { bodyErrors, errorResponses, signedInErrors } from '../schemas.ts'

const rules = (maxLength: number) => ({ tidy: 'text', minLength: 1, maxLength })
const Clearable = (maxLength: number) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], ...rules(maxLength), description: 'null clears it' })

const Profile = withExample(
  Type.Object(
    {
      full_name: Type.Optional(Type.String(rules(NAME_MAX))),
      neighborhood: Type.Optional(Clearable(NAME_MAX)),
      location: Type.Optional(Clearable(LOCATION_MAX))
    },
    { title: 'Profile' }
  ),
  { full_name: samples.name, neighborhood: samples.neighborhood, location: samples.location }
)

const schema = {
  operationId: 'updateProfile',
  summary: 'Fill in or change the profile; only what is sent changes',
  tags: ['account'],
  body: Profile,
  response: { 200: Account, ...errorResponses(...bodyErrors, ...signedInErrors) }
}

const profile: FastifyPluginAsyncTypebox = async (fastify) => {
  const { authenticate, db, dbClock } = fastify

  fastify.patch('/profile/', { schema }, async (request) => {
    const { full_name: fullName, neighborhood, location } = request.body
    const fields = {
      ...(fullName !== undefined && { fullName }),
      ...(neighborhood !== undefined && { neighborhood }),
      ...(location !== undefined && { location })
    }
    if (Object.keys(fields).length === 0) {
      throw ValidationFailed((language) => phrases[language].nothingToChange)
    }
    const notAfter = await dbClock.at(request.endsAt)
    const { sub: userId, sid: sessionId } = request.claims
    const changed = await changeProfile(db, { userId, sessionId, notAfter }, fields)
    return toAccount(changed ?? (await theLongWay(request, fields, notAfter)))
  })

  async function theLongWay(request: FastifyRequest, fields: ProfileFields, notAfter: string) {
    await authenticate(request)
    const user = await updateProfile(db, request.user.user.id, fields, { notAfter })
    if (!user) throw SessionEnded()
    return { ...request.user, user }
  }
}

export default profile
