import { readFileSync } from 'node:fs'
import type { ChainableCommander, Cluster, Redis } from 'ioredis'
import { steps as traced } from '../telemetry/channels.ts'
import { confirmationOf } from './confirmation.ts'

/** The type of an argument: how Lua reads it. */
type Kind = StringConstructor | NumberConstructor
type ValueOf<Type extends Kind> = Type extends NumberConstructor ? number : string

interface StepOptions<Key extends string, Args extends Record<string, Kind>> {
  /** What its keys are for: `key.…` in Lua. All in one slot of a Redis Cluster. */
  keys: readonly Key[]
  /** What is told at each call: `arg.…` in Lua. */
  args: Args
  /** Figures that never change: `policy.…` in Lua, and part of the script. */
  policy?: Record<string, number>
  /** A failover that takes back what it wrote would give a guesser another guess, or a used code: REDIS_WAIT_REPLICAS. */
  mustLast?: boolean
}

export type Step<Key extends string, Args extends Record<string, Kind>, Reply> = (
  keys: Record<Key, string>,
  args: { [Name in keyof Args]: ValueOf<Args[Name]> }
) => Promise<Reply>

/** ioredis fills a pipeline with the commands of that name: steps of one file, each with its own figures, must not share one. */
let steps = 0

/**
 * Makes a function of a file of `src/lua`: one atomic decision in Redis, whose keys and arguments have names on both sides.
 * To be called while plugins register: ioredis gives a pipeline the commands that there are when it is made.
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

/** A command that `defineCommand` has added, of whose types ioredis does not tell. */
function command<Reply>(of: Redis | Cluster | ChainableCommander, name: string) {
  const commands = of as unknown as Record<string, (...values: (string | number)[]) => Promise<Reply>>
  const call = commands[name]
  if (!call) throw new TypeError(`ioredis made no command of ${name}`)
  return call.bind(of)
}

/** Gives the places of keys and arguments their names, the one time that they are counted. */
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
