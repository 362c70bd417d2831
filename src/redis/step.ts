import { readFileSync } from 'node:fs'
import type { ChainableCommander, Cluster, Redis } from 'ioredis'
import { steps as traced } from '../telemetry/channels.ts'
import { confirmationOf } from './confirmation.ts'

/** The type of an argument, which decides how Lua reads it. */
type Kind = StringConstructor | NumberConstructor
type ValueOf<Type extends Kind> = Type extends NumberConstructor ? number : string

interface StepOptions<Key extends string, Args extends Record<string, Kind>> {
  /** The roles of its keys: `key.…` in Lua. All of them are in one slot of a Redis Cluster. */
  keys: readonly Key[]
  /** The arguments of each call: `arg.…` in Lua. */
  args: Args
  /** Constants: `policy.…` in Lua, and part of the script's text. */
  policy?: Record<string, number>
  /** Waits for REDIS_WAIT_REPLICAS, because a failover that undoes this step would give away a guess or revive a used code. */
  mustLast?: boolean
}

export type Step<Key extends string, Args extends Record<string, Kind>, Reply> = (
  keys: Record<Key, string>,
  args: { [Name in keyof Args]: ValueOf<Args[Name]> }
) => Promise<Reply>

/** Makes command names unique: an ioredis pipeline finds commands by name, and steps of one file may differ in policy. */
let steps = 0

/**
 * Returns a function for a file of `src/lua`: one atomic decision in Redis, with named keys and arguments on both sides.
 * Call it while plugins register: an ioredis pipeline only has the commands that were defined when it was created.
 */
export function defineStep<Reply>() {
  return function define<const Key extends string, const Args extends Record<string, Kind>>(
    redis: Redis | Cluster,
    file: string,
    { keys, args, policy = {}, mustLast = false }: StepOptions<Key, Args>
  ): Step<Key, Args, Reply> {
    const lua = [preamble(keys, args, policy), source('limits'), source(file)].join('\n')
    const name = `${file}:${++steps}`
    redis.defineCommand(name, { lua, numberOfKeys: keys.length })
    const confirm = mustLast ? confirmationOf(redis) : undefined
    const argNames: (keyof Args)[] = Object.keys(args)
    return async (key, arg) => {
      const values = [...keys.map((name) => key[name]), ...argNames.map((name) => arg[name])]
      const [first] = keys
      return traced.tracePromise(
        async () => {
          if (!confirm || first === undefined) return await command<Reply>(redis, name)(...values)
          return await confirm<Reply>(key[first], (pipeline) => command(pipeline, name)(...values))
        },
        { name: file }
      )
    }
  }
}

/** A command that `defineCommand` has added, which the types of ioredis do not include. */
function command<Reply>(of: Redis | Cluster | ChainableCommander, name: string) {
  const commands = of as unknown as Record<string, (...values: (string | number)[]) => Promise<Reply>>
  const call = commands[name]
  if (!call) throw new TypeError(`ioredis made no command of ${name}`)
  return call.bind(of)
}

/** Names the positional keys and arguments, in the only place that counts them. */
function preamble(keys: readonly string[], args: Record<string, Kind>, policy: Record<string, number>) {
  const named = (entries: [name: string, value: string | number][]) =>
    `{ ${entries.map(([name, value]) => `${name} = ${value}`).join(', ')} }`
  const values = Object.entries(args).map(([name, kind], place): [string, string] => {
    const value = `ARGV[${place + 1}]`
    return [name, kind === Number ? `tonumber(${value})` : value]
  })
  return [
    `local key = ${named(keys.map((name, place) => [name, `KEYS[${place + 1}]`]))}`,
    `local arg = ${named(values)}`,
    `local policy = ${named(Object.entries(policy))}`
  ].join('\n')
}

function source(file: string): string {
  return readFileSync(new URL(`../lua/${file}.lua`, import.meta.url), 'utf8')
}
