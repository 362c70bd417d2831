import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { CountryCode } from 'libphonenumber-js/mobile'
import { maskPhone, toE164 } from '../phone.ts'

export interface PhoneOptions {
  /** Countries whose mobile numbers are allowed; a number without a country code belongs to the first. */
  countries: readonly CountryCode[]
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The E.164 form of a number as typed; from here on the request's log lines carry it masked. @throws PhoneInvalid */
    toE164(input: string): string
  }
}

/** `request.toE164`: where a typed number becomes the number that everything else counts and stores. */
export default fp<PhoneOptions>(
  async function phone(fastify, { countries }) {
    fastify.decorateRequest('toE164', function (this: FastifyRequest, input) {
      const number = toE164(input, countries)
      this.log = this.log.child({ phone: maskPhone(number) })
      return number
    })
  },
  { name: 'phone' }
)
