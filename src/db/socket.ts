import { type NetConnectOpts, Socket } from 'node:net'

/** The address of a server, as postgres.js reads it from a URL. */
export interface Target {
  path?: string | false | undefined
  host: string[]
  port: number[]
}

/** Protocol version 3.0 and the first parameter's name, four bytes into PostgreSQL's StartupMessage ("Message Formats"). */
const STARTUP = Buffer.from('\0\x03\0\0user\0', 'latin1')

/** Closes itself when a write has had no answer for `silenceMs`, however much more is written meanwhile. */
export class ImpatientSocket extends Socket {
  /** postgres.js reads it to check a TLS certificate. */
  host: string | undefined
  #patience: NodeJS.Timeout | undefined
  #refusal: Error | undefined
  #isFresh = true
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
    this.#reviveWriter()
  }

  /**
   * Makes the next write fail: called instead of `reach`, or on a connection that is to end. Failing earlier would not do:
   * whatever postgres.js has not yet written to a socket that closes, it writes to the next one.
   */
  refuse(error: Error): void {
    this.#refusal = error
    if (this.#isFresh) this.#reviveWriter()
  }

  /**
   * A connection of postgres.js 3.4.9 that was lost with unwritten data writes nothing to its next sockets until 1,024 bytes
   * are waiting (porsager/postgres#1208). When a socket closes without an error, it retries its query on another one, and each
   * retry adds a StartupMessage to the waiting bytes.
   */
  #reviveWriter(): void {
    setImmediate(() => setImmediate(() => this.#isFresh && this.destroy()))
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#refusal) {
      this.#isFresh = false
      done(this.#refusal)
      return
    }
    this.#patience ??= setTimeout(() => {
      this.destroy(Object.assign(new Error('PostgreSQL went silent'), { code: 'ETIMEDOUT' }))
    }, this.#silenceMs)
    super._write(this.#isFresh ? withoutLeftOver(chunk) : chunk, encoding, done)
    this.#isFresh = false
  }

  // Overrides `emit` instead of adding listeners, because postgres.js removes them all when it starts TLS.
  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'data' || event === 'close') {
      clearTimeout(this.#patience)
      this.#patience = undefined
    }
    if (event === 'close') this.#onClose()
    // A server that hangs up must count as an error: on a plain end, postgres.js retries a new query forever and rolls back a
    // transaction on a dead socket, which nobody could catch (porsager/postgres#1133).
    if (event === 'end') {
      this.destroy(Object.assign(new Error('PostgreSQL hung up'), { code: 'ECONNRESET' }))
    }
    // If `close` said that an error came first, postgres.js would forget the queries sent between the two events: they would
    // hang, and the connection with them.
    return event === 'close' ? super.emit(event, false) : super.emit(event, ...args)
  }
}

/** Drops everything before the last StartupMessage: it was meant for a socket that is gone. */
function withoutLeftOver(first: Buffer): Buffer {
  return first.subarray(Math.max(0, first.lastIndexOf(STARTUP) - 4))
}
