import type { Config, GatewayName } from '../config/settings.ts'
import type { Gateway } from './gateway.ts'
import { createMockGateway } from './mock-gateway.ts'
import { createTelegramGateway } from './telegram.ts'

export type GatewaysConfig = Pick<Config, 'sms' | 'telegram' | 'eskiz' | 'playmobile' | 'twilio' | 'webhook'>

/** The gateways that SMS_GATEWAYS names, in its order. */
export function createGateways(config: GatewaysConfig): Gateway[] {
  const make: Partial<Record<GatewayName, () => Gateway>> = {
    telegram: () => createTelegramGateway(config.telegram, config.sms),
    mock: () => createMockGateway({ file: config.sms.mockFile })
  }
  return config.sms.gateways.map((name) => {
    const gateway = make[name]?.()
    if (!gateway) throw new TypeError(`there is no gateway ${name}`)
    return gateway
  })
}
