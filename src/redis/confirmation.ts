import { type ChainableCommander, Cluster, Command, type Redis } from 'ioredis'
import type { Config } from '../config/settings.ts'

/** Fewer than REDIS_WAIT_REPLICAS replicas have what a step wrote, so a failover could undo it. */
export class WriteUnconfirmed extends Error {
  override name = 'WriteUnconfirmed'
}

/** Runs a step whose keys share the slot of `key`, and returns its reply once enough replicas have what it wrote. */
type Confirm = <Reply>(key: string, add: (pipeline: ChainableCommander) => unknown) => Promise<Reply>

interface Call {
  add(pipeline: ChainableCommander): unknown
  resolve(reply: never): void
  reject(error: unknown): void
}

const confirmations = new WeakMap<Redis | Cluster, Confirm>()

/** How to confirm the steps of a client that must survive a failover; undefined if they are not confirmed. */
export function confirmationOf(redis: Redis | Cluster): Confirm | undefined {
  return confirmations.get(redis)
}

/**
 * From now on, confirms steps that must survive a failover with WAIT. The WAIT directly follows its steps on their connection,
 * and one WAIT covers all the steps that arrived while the previous one was pending. It blocks everything behind it on that
 * connection, so with a WAIT per call, a replica that is down would delay each call in turn.
 */
export function confirmByReplicas(
  redis: Redis | Cluster,
  { waitReplicas, timeoutMs }: Pick<Config['redis'], 'waitReplicas' | 'timeoutMs'>
): void {
  /** Steps waiting for the previous batch to finish, by cluster node. */
  const waiting = new Map<string, Call[]>()
  confirmations.set(redis, (key, add) => {
    const node = nodeOf(redis, key)
    return new Promise((resolve, reject) => {
      const call = { add, resolve, reject }
      const calls = waiting.get(node)
      if (calls) {
        calls.push(call)
        return
      }
      waiting.set(node, [call])
      // Batches the calls of one turn of the event loop, as ioredis does.
      setImmediate(send, node)
    })
  })

  async function send(node: string): Promise<void> {
    const calls = waiting.get(node) ?? []
    waiting.set(node, [])
    const pipeline = redis.pipeline()
    for (const { add } of calls) add(pipeline)
    pipeline.wait(waitReplicas, Math.ceil(timeoutMs / 2))
    const replies = await pipeline.exec().catch((error: Error) => [...calls, 'wait'].map(() => [error]))
    settle(calls, replies ?? [])
    if (waiting.get(node)?.length) void send(node)
    else waiting.delete(node)
  }

  function settle(calls: Call[], replies: readonly (readonly unknown[])[]): void {
    const [error, confirmed] = replies.at(-1) ?? []
    const unconfirmed =
      error ??
      (Number(confirmed) >= waitReplicas ? undefined : new WriteUnconfirmed(`${confirmed} replicas have it`))
    for (const [place, { resolve, reject }] of calls.entries()) {
      const [error = undefined, reply] = replies[place] ?? []
      const failure = error ?? unconfirmed
      if (failure) reject(failure)
      else resolve(reply as never)
    }
  }
}

/** The cluster node that holds a key. */
function nodeOf(redis: Redis | Cluster, key: string): string {
  if (!(redis instanceof Cluster)) return ''
  return redis.slots[new Command('exists', [`${redis.options.keyPrefix}${key}`]).getSlot()]?.[0] ?? ''
}
