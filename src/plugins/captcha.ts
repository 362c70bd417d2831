import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import type { OtpTerms } from './otp.ts'

type Asking = Pick<FastifyRequest, 'ip' | 'log'> & { body: { captcha_token?: string } }

declare module 'fastify' {
  interface FastifyInstance {
    captcha: {
      /**
       * Lets a stranger who has to wait prove to be a person instead: gives the terms without that wait, or, where there is
       * no such proof, with a hint that one would do.
       */
      insteadOfWaiting(request: Asking, terms: OtpTerms): Promise<OtpTerms>
    }
  }
}

/** `fastify.captcha`: asks CAPTCHA_VERIFY_URL, in the form that Turnstile and hCaptcha share (`siteverify`). */
export default fp<Config['captcha']>(
  async function captcha(fastify, { verifyUrl, secret = '', timeoutMs }) {
    fastify.decorate('captcha', {
      async insteadOfWaiting(request, terms) {
        if (!verifyUrl || terms.strangerWait === 0) return terms
        if (await isSolved(verifyUrl, request)) return { ...terms, strangerWait: 0 }
        return { ...terms, captcha: 'required' }
      }
    })

    async function isSolved(url: string, { body, ip, log }: Asking): Promise<boolean> {
      if (!body.captcha_token) return false
      try {
        const reply = await fetch(url, {
          method: 'POST',
          body: new URLSearchParams({ secret, response: body.captcha_token, remoteip: ip }),
          signal: AbortSignal.timeout(timeoutMs)
        })
        const answer: unknown = await reply.json()
        return typeof answer === 'object' && answer !== null && 'success' in answer && answer.success === true
      } catch (error) {
        log.warn(
          { event: 'captcha_unavailable', err: error },
          'a captcha was not verified: its stranger waits'
        )
        return false
      }
    }
  },
  { name: 'captcha' }
)
