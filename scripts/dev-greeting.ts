import { networkInterfaces } from 'node:os'
import type { Citizen } from './dev-seeds.ts'
import type { Clerk } from './dev-settings.ts'

/** A line that `npm run dev` prints: what, and where or who. */
export function line(what: string, where: string): string {
  return `  ${what.padEnd(14)} ${where}`
}

export function clerkLine(what: string, { phone, password }: Clerk): string {
  return line(what, `${phone}   password ${password}`)
}

export function citizenLine({ phone, name }: Citizen): string {
  return line('Citizen', `${phone}   code 1111   ${name}`)
}

const RISK = 'everybody in that network can sign in as anybody'

/** Where phones on this network reach a server that listens on `host` and has this `url`, or what that would take. */
export function phoneLines(host: string, url: string, interfaces = networkInterfaces()): string[] {
  if (/^(localhost$|127\.|::1$)/.test(host))
    return [line('For phones', `HOST=0.0.0.0 DEBUG_EVEN_ON_A_NETWORK=true npm run dev   (then ${RISK})`)]
  if (!['0.0.0.0', '::'].includes(host)) return [line('For phones', `${url}   (${RISK})`)]
  return Object.entries(interfaces).flatMap(([name, addresses = []]) =>
    addresses
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
      .map(({ address }) => line('For phones', `http://${address}:${new URL(url).port}   (${name}: ${RISK})`))
  )
}
