import { isIP } from 'node:net'

/**
 * The addresses of an X-Forwarded-For as plain addresses: some balancers write a port behind them, brackets around an IPv6
 * address, or quotes as in RFC 7239, section 6. What is none even so stays as it is.
 */
export function plainAddresses(forwardedFor: string): string {
  return forwardedFor.split(',').map(plainAddress).join(', ')
}

function plainAddress(entry: string): string {
  const bare = entry
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim()
  const [, bracketed, beforePort] = /^(?:\[([^\]]*)\](?::\d+)?|([^:]*):\d+)$/.exec(bare) ?? []
  const address = bracketed ?? beforePort ?? bare
  return isIP(address) ? address : bare
}
