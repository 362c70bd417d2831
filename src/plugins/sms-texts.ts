import fp from 'fastify-plugin'
import type { Config } from '../config/settings.ts'
import { createSmsTexts } from '../sms/text.ts'

export type SmsTextsOptions = Pick<Config, 'sms' | 'app'> & { otp: Pick<Config['otp'], 'ttlSeconds'> }

declare module 'fastify' {
  interface FastifyInstance {
    smsTexts: ReturnType<typeof createSmsTexts>
  }
}

/** `fastify.smsTexts`: what the SMS say, in five languages; says at start what is dear about the operator's own. */
export default fp<SmsTextsOptions>(
  async function smsTexts(fastify, { sms, app, otp }) {
    const { language, textUz, textUzCyrl, textKaa, textRu, textEn } = sms
    const texts = createSmsTexts({
      language,
      ttlSeconds: otp.ttlSeconds,
      domain: app.appDomain,
      appHash: app.androidAppHash,
      texts: { uz: textUz, 'uz-Cyrl': textUzCyrl, kaa: textKaa, ru: textRu, en: textEn }
    })
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
