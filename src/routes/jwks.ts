import { createHash } from 'node:crypto'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { Config } from '../config/settings.ts'
import { NotFound } from '../errors.ts'
import { errorResponses } from './schemas.ts'

const PublicKey = Type.Object({
  kty: Type.String(),
  crv: Type.String(),
  x: Type.String(),
  y: Type.Optional(Type.String()),
  kid: Type.String(),
  alg: Type.String(),
  use: Type.String()
})

const schema = {
  operationId: 'jwks',
  summary: 'The public keys that verify our tokens (RFC 7517), when key pairs sign them',
  tags: ['operations'],
  response: {
    200: Type.Object({ keys: Type.Array(PublicKey) }),
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
    // A proxy that compresses makes the tag weak: W/"…".
    if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).send(null)
    return { keys }
  })
}

export default jwks
