import type { TObject, TSchema } from '@sinclair/typebox'
import type { FastifyRequest, preValidationHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { JsonInvalid, MediaTypeUnsupported } from '../errors.ts'
import { decodeUtf8 } from '../text/utf8.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route accepts an empty body. */
    bodyMayBeEmpty?: boolean
  }
}

/**
 * Bodies are uncompressed JSON in UTF-8: a form, plain text, another charset or a compressed body gets a 415. An optional
 * field that is `null` counts as absent, because Kotlin and Swift clients send absent fields that way, except in bodies where
 * `null` has a meaning of its own.
 */
export default fp(
  async function jsonBody(fastify) {
    fastify.removeContentTypeParser('text/plain')
    const parse = fastify.getDefaultJsonParser('error', 'error')
    fastify.addContentTypeParser(
      'application/json',
      { parseAs: 'buffer' },
      (request, bytes: Buffer, done) => {
        const text = decodeUtf8(bytes)
        if (isCompressed(request) || hasOtherCharset(request)) done(MediaTypeUnsupported())
        else if (text === undefined) done(JsonInvalid())
        // Clients that always send "application/json" send it without a body too.
        else if (text === '' && mayBeEmpty(request)) done(null)
        else parse(request, text, done)
      }
    )
    fastify.addHook('onRoute', (route) => {
      const names = omittable((route.schema?.body ?? {}) as Partial<TObject>)
      if (names.length === 0) return
      const omitNulls: preValidationHookHandler = ({ body }, _reply, next) => {
        if (isRecord(body)) for (const name of names) if (body[name] === null) delete body[name]
        next()
      }
      route.preValidation = [omitNulls, ...[route.preValidation ?? []].flat()]
    })
  },
  { name: 'json-body' }
)

function mayBeEmpty({ method, routeOptions }: FastifyRequest): boolean {
  return method === 'DELETE' || routeOptions.config.bodyMayBeEmpty === true
}

function isCompressed({ headers }: FastifyRequest): boolean {
  return !/^(identity)?$/i.test(headers['content-encoding']?.trim() ?? '')
}

function hasOtherCharset({ headers }: FastifyRequest): boolean {
  const named = headers['content-type']?.matchAll(/;\s*charset\s*=\s*"?([^\s";]*)/gi) ?? []
  return [...named].some(([, charset = '']) => !/^utf-?8$/i.test(charset))
}

/** The names of the fields for which `null` means absent: the optional ones, unless the body gives `null` a meaning. */
function omittable({ properties = {}, required = [] }: Partial<TObject>): string[] {
  if (Object.values(properties).some(takesNull)) return []
  return Object.keys(properties).filter((name) => !required.includes(name))
}

function takesNull({ type }: TSchema): boolean {
  return [type].flat().includes('null')
}

function isRecord(body: unknown): body is Record<string, unknown> {
  return typeof body === 'object' && body !== null && !Array.isArray(body)
}
