import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import type { Proof } from './otp.ts'

type Asking = Pick<FastifyRequest, 'ip' | 'log' | 'stillWaits'> & { body: { captcha_token?: string } }

declare module 'fastify' {
  interface FastifyInstance {
    /** The check that a request comes from a person; undefined if no captcha is set up. */
    captcha(request: Asking): Proof | undefined
  }
}

/** `fastify.captcha`: verifies tokens at CAPTCHA_VERIFY_URL, by the protocol Turnstile and hCaptcha share (`siteverify`). */
export default fp<Config['captcha']>(
  async function captcha(fastify, { verifyUrl, secret = '', timeoutMs }) {
    fastify.decorate('captcha', (request) =>
      verifyUrl ? { isGiven: () => proves(verifyUrl, request) } : undefined
    )

    /** @throws when the request was answered meanwhile: the code that its proof stores could no longer be withdrawn */
    async function proves(url: string, request: Asking): Promise<boolean> {
      const isGiven = await isSolved(url, request)
      request.stillWaits()
      return isGiven
    }

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
