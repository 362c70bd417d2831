import { type ChainableCommander, Cluster, Command, type Redis } from 'ioredis'
import type { Config } from '../config/settings.ts'

/** Fewer replicas than REDIS_WAIT_REPLICAS have what a step wrote: a failover could take it back. */
export class WriteUnconfirmed extends Error {
  override name = 'WriteUnconfirmed'
}

/** Adds a step on keys of the slot of this one, and gives its reply once enough replicas have what it wrote. */
type Confirm = <Reply>(key: string, add: (pipeline: ChainableCommander) => unknown) => Promise<Reply>

interface Call {
  add(pipeline: ChainableCommander): unknown
  resolve(reply: never): void
  reject(error: unknown): void
}

const confirmations = new WeakMap<Redis | Cluster, Confirm>()

/** How the steps of a client that must outlast a failover are confirmed; undefined when they are not. */
export function confirmationOf(redis: Redis | Cluster): Confirm | undefined {
  return confirmations.get(redis)
}

/**
 * From now on, steps that must outlast a failover are confirmed by WAIT. It comes right behind them on their connection, and
 * once for all that came while the last one was waited for: it holds up whatever is behind it there, so a replica that is
 * away would else hold up each call after the other.
 */
export function confirmByReplicas(
  redis: Redis | Cluster,
  { waitReplicas, timeoutMs }: Pick<Config['redis'], 'waitReplicas' | 'timeoutMs'>
): void {
  /** Steps that wait for the batch before them, by node of a cluster. */
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
      // As ioredis does, for those that come in the same turn.
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

/** Which node of a cluster has a key. */
function nodeOf(redis: Redis | Cluster, key: string): string {
  if (!(redis instanceof Cluster)) return ''
  return redis.slots[new Command('exists', [`${redis.options.keyPrefix}${key}`]).getSlot()]?.[0] ?? ''
}
