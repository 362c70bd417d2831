import fp from 'fastify-plugin'
import { type SmsTextsConfig, smsTextsOf } from '../sms/text.ts'

declare module 'fastify' {
  interface FastifyInstance {
    smsTexts: ReturnType<typeof smsTextsOf>
  }
}

/** `fastify.smsTexts`: the SMS texts in five languages; warns at startup where the operator's settings make one too long. */
export default fp<SmsTextsConfig>(
  async function smsTexts(fastify, config) {
    const texts = smsTextsOf(config)
    fastify.decorate('smsTexts', texts)
    for (const { language, what, fault } of texts.faults()) {
      fastify.log.warn(
        { event: 'sms_text', language, purpose: what },
        `the SMS for ${what} in ${language} ${fault}: shorten its SMS_TEXT_ or APP_DOMAIN`
      )
    }
  },
  { name: 'sms-texts' }
)
