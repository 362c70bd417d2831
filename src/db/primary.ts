import postgres from 'postgres'
import { urlsOfHosts } from '../config/hosts.ts'
import { ImpatientSocket, type Target } from './socket.ts'

/** Every host of DATABASE_URL that answers is a standby, or accepts no writes. */
export class NoPrimary extends Error {
  override name = 'NoPrimary'
}

/** How long a host may take to say whether it accepts writes (ms); then it is skipped, as a standby may be promoted. */
const LOOK_MS = 2_000

/**
 * Finds the host of a URL that accepts writes, asking all of them at once. postgres.js itself takes a PostgreSQL 14 standby for
 * a primary, and with several hosts retries dead ones forever.
 * @throws NoPrimary, or the error of one of the hosts
 */
export async function findPrimary(url: string): Promise<Target> {
  const looks = urlsOfHosts(url).map((one) => lookAt(withoutAttributes(one)))
  return await Promise.any(looks).catch(({ errors }: AggregateError) => {
    throw errors.find((error) => !(error instanceof NoPrimary)) ?? errors[0]
  })
}

/** The URL of the first host, without the attribute that makes postgres.js look for a particular kind of server. */
export function urlOfOne(url: string): string {
  return withoutAttributes(urlsOfHosts(url)[0])
}

function withoutAttributes(url: string): string {
  return url.replace(/([?&])target_session_attrs=[^&]*&?/, '$1')
}

async function lookAt(url: string): Promise<Target> {
  const client = postgres(url, {
    max: 1,
    connect_timeout: LOOK_MS / 1000,
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: 'citizen-auth' },
    socket: async (target: Target) => {
      const socket = new ImpatientSocket(LOOK_MS, () => {})
      socket.reach(target)
      return socket
    }
  } as postgres.Options<Record<string, never>>)
  try {
    const [row] =
      await client`select current_setting('transaction_read_only') = 'off' as takes_writes`.simple()
    if (!row?.takes_writes) throw new NoPrimary('no host of DATABASE_URL takes writes')
    const { path, host, port } = client.options
    return { path, host, port }
  } finally {
    await client.end({ timeout: 0 })
  }
}
