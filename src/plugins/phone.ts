import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { maskPhone, toE164 } from '../phone.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Converts a typed number to E.164; from then on the request's log lines carry it masked. @throws PhoneInvalid */
    toE164(input: string): string
  }
}

/** `request.toE164`: turns a typed number into the form that everything else counts and stores. */
export default fp<Config['phone']>(
  async function phone(fastify, { countries }) {
    fastify.decorateRequest('toE164', function (this: FastifyRequest, input) {
      const number = toE164(input, countries)
      this.log = this.log.child({ phone: maskPhone(number) })
      return number
    })
  },
  { name: 'phone' }
)
