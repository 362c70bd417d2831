import { Cluster, type Redis } from 'ioredis'

/** The servers that hold the keys: a single server, or the masters of a cluster. */
export function redisMasters(client: Redis | Cluster): Redis[] {
  return client instanceof Cluster ? client.nodes('master') : [client]
}
