import { isIP } from 'node:net'

/**
 * Reduces the entries of an X-Forwarded-For to plain addresses: some load balancers append a port, put brackets around an
 * IPv6 address, or add quotes as in RFC 7239, section 6. An entry that is no address only loses its quotes and blanks.
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
