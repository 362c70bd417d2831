import type { FastifyBaseLogger } from 'fastify'
import type { Config, GatewayName } from '../config/settings.ts'
import { createEskizGateway } from './eskiz.ts'
import type { Gateway } from './gateway.ts'
import { createMockGateway } from './mock-gateway.ts'
import { createPlaymobileGateway } from './playmobile.ts'
import { createTelegramGateway } from './telegram.ts'
import { createTwilioGateway } from './twilio.ts'
import { createWebhookGateway } from './webhook.ts'

export type GatewaysConfig = Pick<Config, 'sms' | 'telegram' | 'eskiz' | 'playmobile' | 'twilio' | 'webhook'>

/** The gateways that SMS_GATEWAYS names, in its order. */
export function createGateways(config: GatewaysConfig, log: FastifyBaseLogger): Gateway[] {
  const make: Partial<Record<GatewayName, () => Gateway>> = {
    telegram: () => createTelegramGateway(config.telegram, config.sms),
    eskiz: () => createEskizGateway(config.eskiz, config.sms, log),
    playmobile: () => createPlaymobileGateway(config.playmobile, config.sms),
    twilio: () => createTwilioGateway(config.twilio, config.sms),
    webhook: () => createWebhookGateway(config.webhook, config.sms),
    mock: () => createMockGateway({ file: config.sms.mockFile })
  }
  return config.sms.gateways.map((name) => {
    const gateway = make[name]?.()
    if (!gateway) throw new TypeError(`there is no gateway ${name}`)
    return gateway
  })
}
