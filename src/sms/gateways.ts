import type { Config, GatewayName } from '../config/settings.ts'
import { createEskizGateway } from './eskiz.ts'
import type { Gateway } from './gateway.ts'
import { createMockGateway } from './mock-gateway.ts'
import { createPlaymobileGateway } from './playmobile.ts'
import { createTelegramGateway } from './telegram.ts'
import { createTwilioGateway } from './twilio.ts'
import { createWebhookGateway } from './webhook.ts'

export type GatewaysConfig = Pick<Config, 'sms' | 'telegram' | 'eskiz' | 'playmobile' | 'twilio' | 'webhook'>

/** Creates the gateways that SMS_GATEWAYS names, in its order. */
export function createGateways(config: GatewaysConfig): Gateway[] {
  const { callbackUrl, callbackSecret } = config.sms
  /** The URL where a gateway reports (routes/callbacks.ts). */
  const reportsTo = (path: string) => ({
    callbackUrl: callbackUrl && `${callbackUrl.replace(/\/$/, '')}/callbacks/${path}/`
  })
  const make: Record<GatewayName, () => Gateway> = {
    telegram: () => createTelegramGateway({ ...config.telegram, ...reportsTo('telegram') }, config.sms),
    eskiz: () => createEskizGateway({ ...config.eskiz, ...reportsTo(`eskiz/${callbackSecret}`) }, config.sms),
    playmobile: () => createPlaymobileGateway(config.playmobile, config.sms),
    twilio: () =>
      createTwilioGateway({ ...config.twilio, ...reportsTo(`twilio/${callbackSecret}`) }, config.sms),
    webhook: () => createWebhookGateway(config.webhook, config.sms),
    mock: () => createMockGateway({ file: config.sms.mockFile })
  }
  return config.sms.gateways.map((name) => make[name]())
}
