import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Receives a reply's status and its whole text; with status 0, why there was none. */
export type Answered = (status: number, reply: string) => void

/** One keep-alive connection, one call at a time. Raw, as an HTTP client would cost as much as the server that it measures. */
export class Line {
  readonly #socket: Socket
  #answered: Answered | undefined
  #heard = ''

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (text: string) => this.#hear(text))
    this.#socket.on('error', ({ message }) => this.#end(0, message))
    this.#socket.on('close', () => this.#end(0, 'the connection was closed'))
  }

  /** Whether it can take another call. */
  get isOpen(): boolean {
    return !this.#socket.destroyed
  }

  /** Waits until the connection is established. */
  async connected(): Promise<this> {
    if (this.#socket.connecting) await once(this.#socket, 'connect')
    return this
  }

  ask(request: string, answered: Answered): void {
    this.#heard = ''
    this.#answered = answered
    this.#socket.write(request, 'latin1')
  }

  close(): void {
    this.#answered = undefined
    this.#socket.destroy()
  }

  #hear(text: string): void {
    this.#heard += text
    const headEnd = this.#heard.indexOf('\r\n\r\n')
    if (headEnd < 0) return
    const head = this.#heard.slice(0, headEnd)
    const [, length = '0'] = /\r\ncontent-length: (\d+)/i.exec(head) ?? []
    if (this.#heard.length < headEnd + 4 + Number(length)) return
    if (/\r\nconnection: close/i.test(head)) this.#socket.destroy()
    this.#end(Number(head.slice(9, 12)), this.#heard)
  }

  #end(status: number, reply: string): void {
    const answered = this.#answered
    this.#answered = undefined
    answered?.(status, reply)
  }
}
