import { GatewayFailure } from './gateway.ts'

/**
 * Formats a number (E.164) for the gateways of Uzbekistan: digits without the plus.
 * @throws GatewayFailure `unreachable` for a number of another country, which they would call invalid
 */
export function uzbekDigits(phone: string): string {
  if (!phone.startsWith('+998'))
    throw new GatewayFailure('unreachable', 'the gateway serves numbers of Uzbekistan')
  return phone.slice(1)
}
