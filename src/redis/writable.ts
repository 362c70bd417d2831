import type { Cluster, Redis } from 'ioredis'

/** How long the key of the probe lives (ms). */
const LIVES_MS = 1_000

/**
 * Proves that Redis takes a write: one that is demoted, full or short of replicas still answers whatever only reads.
 * @throws the error of Redis, or of the connection
 */
export async function assertRedisWritable(redis: Redis | Cluster): Promise<void> {
  await redis.set('health', 'ok', 'PX', LIVES_MS)
}
