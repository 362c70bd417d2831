import type { FastifyBaseLogger } from 'fastify'
import { KeyFileInvalid, keysIn, readKeyFile } from './file.ts'
import { keyRing, type TokenRing } from './ring.ts'
import type { IssuerAndAudience } from './token-key.ts'

export interface KeyWatchOptions extends IssuerAndAudience {
  /** How often to read the file, in milliseconds. */
  checkMs: number
  log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>
}

/**
 * The ring of a key file, kept up to date while the process runs. The file is polled, because changes by a network file
 * system or a Kubernetes secret raise no events.
 * @throws KeyFileInvalid at the start only; later, unusable keys leave the ring as it is, and are logged
 */
export async function watchKeyFile(path: string, { checkMs, log, ...addressed }: KeyWatchOptions) {
  let { text: seen, exposed } = await readKeyFile(path)
  let ring = await ringOf(seen)
  if (exposed)
    log.warn(`the key file ${path} can be read by others than its owner; chmod 600 keeps it secret`)

  let looking: Promise<void> | undefined
  const timer = setInterval(() => {
    looking ??= look().finally(() => {
      looking = undefined
    })
  }, checkMs).unref()
  return {
    current: (): TokenRing => ring,
    async close() {
      clearInterval(timer)
      await looking
    }
  }

  async function look() {
    const found = await readKeyFile(path).catch((error: KeyFileInvalid) => error)
    const content = found instanceof KeyFileInvalid ? found.message : found.text
    if (content === seen) return
    seen = content
    try {
      if (found instanceof KeyFileInvalid) throw found
      // Built completely before it replaces the old one, so that no request sees half a ring.
      ring = await ringOf(found.text)
      log.info(`the key file ${path} was read again; the active key is ${ring.active.kid}`)
    } catch (err) {
      log.error({ err }, 'the keys stay as they were')
    }
  }

  function ringOf(text: string): Promise<TokenRing> {
    return keyRing(keysIn(path, text), addressed)
  }
}
