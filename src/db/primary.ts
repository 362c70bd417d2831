import postgres from 'postgres'
import { urlsOfHosts } from '../config/hosts.ts'
import { ImpatientSocket, type Target } from './socket.ts'

/** All hosts of DATABASE_URL that answer are standbys, or take no writes. */
export class NoPrimary extends Error {
  override name = 'NoPrimary'
}

/** A host that has not told by then whether it takes writes is passed over (ms): a standby may be promoted meanwhile. */
const LOOK_MS = 2_000

/**
 * Which of the hosts of a URL takes writes, asked of all at the same time. postgres.js itself takes a standby of
 * PostgreSQL 14 for one that does, and with several hosts tries dead ones for ever.
 * @throws NoPrimary, or what one of the hosts said
 */
export async function findPrimary(url: string): Promise<Target> {
  const looks = urlsOfHosts(url).map((one) => lookAt(withoutAttributes(one)))
  return await Promise.any(looks).catch(({ errors }: AggregateError) => {
    throw errors.find((error) => !(error instanceof NoPrimary)) ?? errors[0]
  })
}

/** The URL of its first host, without what postgres.js would do about several. */
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
