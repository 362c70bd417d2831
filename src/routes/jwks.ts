import { createHash } from 'node:crypto'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { Config } from '../config/settings.ts'
import { NotFound } from '../errors.ts'
import { withExample } from '../http/samples.ts'
import { errorResponses } from './schemas.ts'

const PublicKey = Type.Object(
  {
    kty: Type.String(),
    crv: Type.String(),
    x: Type.String(),
    y: Type.Optional(Type.String()),
    kid: Type.String(),
    alg: Type.String(),
    use: Type.String()
  },
  { title: 'PublicKey' }
)

const PublicKeys = withExample(
  Type.Object({ keys: Type.Array(PublicKey) }, { title: 'PublicKeys', description: 'A JWK set' }),
  {
    keys: [
      {
        kty: 'EC',
        crv: 'P-256',
        // The key of RFC 7517, A.1.
        x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
        y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
        kid: '2026-01-15',
        alg: 'ES256',
        use: 'sig'
      }
    ]
  }
)

const schema = {
  operationId: 'jwks',
  summary: 'The public keys that verify our tokens (RFC 7517), when key pairs sign them',
  tags: ['operations'],
  response: {
    200: PublicKeys,
    304: Type.Null({ description: 'They are what If-None-Match says' }),
    ...errorResponses(NotFound)
  }
}

const jwks: FastifyPluginAsyncTypebox<Config['jwks']> = async (fastify, { maxAgeSeconds }) => {
  const { tokens } = fastify

  fastify.get('/.well-known/jwks.json', { schema }, async (request, reply) => {
    const keys = tokens.publicKeys()
    if (keys.length === 0) throw NotFound()
    const etag = `"${createHash('sha256').update(JSON.stringify(keys)).digest('base64url')}"`
    reply.header('cache-control', `public, max-age=${maxAgeSeconds}`).header('etag', etag)
    // A proxy that compresses makes the ETag weak: W/"…".
    if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).send(null)
    return { keys }
  })
}

export default jwks
