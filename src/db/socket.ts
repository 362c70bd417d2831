import { type NetConnectOpts, Socket } from 'node:net'

/** Where a server is: as postgres.js reads it out of a URL. */
export interface Target {
  path?: string | false | undefined
  host: string[]
  port: number[]
}

/** Ends itself when what was written has had no answer for so long (ms), however much more is written meanwhile. */
export class ImpatientSocket extends Socket {
  /** postgres.js reads it to check a TLS certificate. */
  host: string | undefined
  #patience: NodeJS.Timeout | undefined
  #refusal: Error | undefined
  readonly #silenceMs: number
  readonly #onClose: () => void

  constructor(silenceMs: number, onClose: () => void) {
    super()
    this.#silenceMs = silenceMs
    this.#onClose = onClose
  }

  reach({ path, host, port }: Target): void {
    this.host = host[0]
    const place: NetConnectOpts = path ? { path } : { host: host[0] ?? 'localhost', port: port[0] ?? 5432 }
    this.connect(place)
  }

  /**
   * Lets the first write fail, in the place of `reach`. Not earlier: what postgres.js has not yet written to a socket that
   * closes, it writes to the next one.
   */
  refuse(error: Error): void {
    this.#refusal = error
  }

  override _write(chunk: unknown, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#refusal) {
      done(this.#refusal)
      return
    }
    this.#patience ??= setTimeout(() => {
      this.destroy(Object.assign(new Error('PostgreSQL went silent'), { code: 'ETIMEDOUT' }))
    }, this.#silenceMs)
    super._write(chunk, encoding, done)
  }

  // Not listeners: postgres.js removes them all when it starts TLS.
  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'data' || event === 'close') {
      clearTimeout(this.#patience)
      this.#patience = undefined
    }
    if (event === 'close') this.#onClose()
    // A server that hangs up must be an error: at a plain end postgres.js tries a new query for ever, and rolls back a
    // transaction on a socket that is gone, which nobody could catch (porsager/postgres#1133).
    if (event === 'end') {
      this.destroy(Object.assign(new Error('PostgreSQL hung up'), { code: 'ECONNRESET' }))
    }
    // Told that an error went before, postgres.js forgets the queries sent between the two events: they would hang,
    // and the connection with them.
    return event === 'close' ? super.emit(event, false) : super.emit(event, ...args)
  }
}
