import { type Static, Type } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'

const Id = Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' })
// Seconds since 1970, as in `exp` and `auth_time`; a JavaScript Date can hold no more.
const Seconds = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000 })

const common = {
  /** The user's id. It is there twice, because SimpleJWT reads `user_id`. */
  sub: Id,
  user_id: Id,
  /** The session's id. */
  sid: Id,
  jti: Type.String(),
  iat: Seconds,
  exp: Seconds
}

const Access = Type.Object({
  ...common,
  token_type: Type.Literal('access'),
  role: Type.Union([Type.Literal('citizen'), Type.Literal('staff')]),
  auth_time: Seconds,
  department_id: Type.Optional(Id)
})

const Refresh = Type.Object({
  ...common,
  token_type: Type.Literal('refresh'),
  /** How often the session had been refreshed when this token was issued. */
  generation: Type.Integer({ minimum: 0, maximum: 2_147_483_647 })
})

export type AccessClaims = Static<typeof Access>
export type RefreshClaims = Static<typeof Refresh>

/** The schemas that our claims must match: our key may have signed something else. */
export const claimsForm = { access: TypeCompiler.Compile(Access), refresh: TypeCompiler.Compile(Refresh) }
