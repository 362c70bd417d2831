import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { Config } from '../config/settings.ts'
import { NotFound } from '../errors.ts'
import { objectOf } from '../sms/client.ts'
import { isSignedByTelegram, readers } from '../sms/reports.ts'
import { isSameSecret } from '../text/secret.ts'

export type CallbackOptions = Pick<Config, 'sms' | 'telegram'>

const schema = { hide: true, response: { 200: Type.Object({}) } }
const params = Type.Object({ gateway: Type.String(), secret: Type.String() })

/** Receives the delivery reports of providers. Unsigned ones only feed statistics: anyone who knows the path can forge them. */
const callbacks: FastifyPluginAsyncTypebox<CallbackOptions> = async (fastify, options) => {
  const { sms } = fastify
  const { callbackSecret } = options.sms
  const { token } = options.telegram
  if (!callbackSecret) return
  // A signature covers the raw bytes.
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  fastify.post('/telegram/', { schema }, async ({ headers, body }) => {
    const signed = {
      timestamp: String(headers['x-request-timestamp']),
      signature: String(headers['x-request-signature']),
      body: Buffer.isBuffer(body) ? body : Buffer.alloc(0)
    }
    if (!token || !isSignedByTelegram(token, signed)) throw NotFound()
    return note('telegram', signed.body)
  })

  fastify.post('/:gateway/:secret/', { schema: { ...schema, params } }, async (request) => {
    const { gateway, secret: given } = request.params
    if (gateway === 'telegram' || !isSameSecret(callbackSecret, given)) throw NotFound()
    return note(gateway, Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0))
  })

  async function note(gateway: string, body: Buffer): Promise<object> {
    const read = Object.hasOwn(readers, gateway) ? readers[gateway] : undefined
    if (!read) throw NotFound()
    await Promise.all(read(parsed(body)).map(sms.noteReport))
    return {}
  }
}

/** Parses JSON or a form. A malformed body reads as empty, because a retry by the provider would not help. */
function parsed(body: Buffer): Record<string, unknown> {
  const text = body.toString('utf8')
  return /^\s*[[{]/.test(text) ? objectOf(text) : Object.fromEntries(new URLSearchParams(text))
}

export default callbacks
