import { type NetConnectOpts, Socket } from 'node:net'

/** Where a server is: as postgres.js reads it out of a URL. */
export interface Target {
  path?: string | false | undefined
  host: string[]
  port: number[]
}

/** Protocol 3.0 and the first parameter, four bytes into PostgreSQL's StartupMessage ("Message Formats"). */
const STARTUP = Buffer.from('\0\x03\0\0user\0', 'latin1')

/** Ends itself when what was written has had no answer for so long (ms), however much more is written meanwhile. */
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
   * Lets the first write fail, in the place of `reach`. Not earlier: what postgres.js has not yet written to a socket that
   * closes, it writes to the next one.
   */
  refuse(error: Error): void {
    this.#refusal = error
    if (this.#isFresh) this.#reviveWriter()
  }

  /**
   * A connection of postgres.js 3.4.9 that was lost with something unwritten writes nothing to its next sockets, until
   * 1,024 bytes wait (porsager/postgres#1208). Closed without an error, it tries its query again on one more socket, and
   * each time one more StartupMessage waits.
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

/** From the last StartupMessage on: before it stands what was meant for a socket that is gone. */
function withoutLeftOver(first: Buffer): Buffer {
  return first.subarray(Math.max(0, first.lastIndexOf(STARTUP) - 4))
}
