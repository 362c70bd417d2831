import { type Command, Option } from 'commander'
import type { KeysConfig } from '../config/settings.ts'
import { changeKeyFile, keysIn, readKeyFile } from '../keys/file.ts'
import { ALGORITHMS, type KeyAlgorithm, type StoredKey } from '../keys/jwk.ts'
import { addNext, ageSeconds, rotate } from '../keys/rotation.ts'
import type { WithKeys } from './context.ts'
import { OperatorError, printRows } from './terminal.ts'

/** Clocks differ, and a process that has just read the key file signs with the old key until it reads it again. */
const CLOCK_SLACK_SECONDS = 60

export function keysCommand(keys: Command, run: WithKeys): void {
  const algorithm = () => new Option('--alg <algorithm>', 'what the new key signs with').choices(ALGORITHMS)

  keys
    .command('generate')
    .description('make the key file, or add the key that will be next')
    .addOption(algorithm().default('ES256'))
    .action(({ alg }: { alg: KeyAlgorithm }) =>
      run(({ config }) =>
        changeKeyFile(config.keyFile, (keys) => {
          const next = nextOf(keys)
          if (next) throw new OperatorError(`The key ${next.kid} is next already; "rotate" makes it active.`)
          return addNext(keys, alg, new Date())
        })
      )
    )

  keys
    .command('rotate')
    .description('sign with the next key from now on; the active one retires and still verifies')
    .addOption(algorithm())
    .option('--now', 'do not wait until services that keep our public keys have asked again')
    .action((options: { alg?: KeyAlgorithm; now?: boolean }) =>
      run(({ config }) =>
        changeKeyFile(config.keyFile, (keys) => {
          const now = new Date()
          const next = nextOf(keys)
          if (!next) throw new OperatorError('No key is next; run "manage keys generate" first.')
          refuseUnknown(next, now, config, options.now)
          return rotate(keys, { now, alg: options.alg ?? next.alg, retainSeconds: longestLife(config) })
        })
      )
    )

  keys
    .command('list')
    .description('print kid, algorithm, state and times of every key')
    .action(() =>
      run(async (context) => {
        const { text } = await readKeyFile(context.config.keyFile)
        printRows(
          context,
          keysIn(context.config.keyFile, text).map(({ kid, alg, state, created_at, retired_at }) => [
            ...[kid, alg, state],
            ...[created_at ?? null, retired_at ?? null]
          ])
        )
      })
    )
}

function nextOf(keys: StoredKey[]): StoredKey | undefined {
  return keys.find(({ state }) => state === 'next')
}

/** Refuses a key that verifiers may not know yet and would reject. Even with `--now`, our own processes need a moment. */
function refuseUnknown(next: StoredKey, now: Date, config: KeysConfig, ignoreOthers = false): void {
  const reloadSeconds = config.jwt.keysCheckMs / 1_000 + 1
  const wait = reloadSeconds + (ignoreOthers ? 0 : config.jwks.maxAgeSeconds) - ageSeconds(next, now)
  if (wait <= 0) return
  const who = ignoreOthers ? 'The running processes' : 'Services that keep our public keys'
  const hint = ignoreOthers ? '' : ' (--now does not wait for them)'
  throw new OperatorError(`${who} may not know the next key yet; try again in ${Math.ceil(wait)} s${hint}.`)
}

function longestLife(config: KeysConfig): number {
  const { accessTtlSeconds, staffAccessTtlSeconds, refreshTtlSeconds } = config.sessions
  return Math.max(accessTtlSeconds, staffAccessTtlSeconds, refreshTtlSeconds) + CLOCK_SLACK_SECONDS
}
