import { once } from 'node:events'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { PGlite } from '@electric-sql/pglite'

export interface EmbeddedPostgres {
  /** For `DATABASE_URL`; valid as long as the process that opened the folder runs. */
  url: string
  close(): Promise<void>
}

/**
 * Opens PostgreSQL without a server: PGlite on a folder, reached over a local port by the same driver as the real one. Two
 * processes on one folder would lose data silently, so the opener leaves its address in a lock file beside it. With `join`, a
 * folder that is already open is shared with its opener, for as long as that one runs.
 * @throws when the folder is already open and `join` is not set
 */
export async function openEmbeddedPostgres(folder: string, { join = false } = {}): Promise<EmbeddedPostgres> {
  const lock = `${folder}.lock`
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 })
  const holder = await acquire(lock)
  if (holder && !join) throw new Error(`${folder} is in use by process ${holder.pid}; stop that first.`)
  if (holder) return { url: await holderUrl(lock), close: async () => {} }

  // Half the default memory; the setting stays in the folder.
  const engine = await PGlite.create(folder, { postgresqlconf: ['shared_buffers=8MB'] })
  const server = await serve(engine)
  const url = `postgres://postgres@127.0.0.1:${server.port}/postgres`
  await writeFile(lock, JSON.stringify({ pid: process.pid, url }))
  return {
    url,
    close: async () => {
      await server.close()
      await engine.close()
      await rm(lock)
    }
  }
}

interface Holder {
  pid: number
  /** Absent while it is still opening the folder. */
  url?: string
}

/** Takes the lock, or returns its holder. */
async function acquire(lock: string): Promise<Holder | undefined> {
  try {
    await writeFile(lock, JSON.stringify({ pid: process.pid }), { flag: 'wx' })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    const holder = await readLock(lock)
    if (holder && (await isAlive(holder))) return holder
    await rm(lock, { force: true })
    return acquire(lock)
  }
  // Another process that found the same stale lock may have removed ours instead; the last one to write wins.
  await wait(50)
  const holder = await readLock(lock)
  return holder?.pid === process.pid ? undefined : holder
}

async function holderUrl(lock: string): Promise<string> {
  for (let tries = 0; tries < 300; tries++) {
    const holder = await readLock(lock)
    if (holder?.url) return holder.url
    await wait(100)
  }
  throw new Error(`Another process holds ${lock} but does not serve; stop it and try again.`)
}

/** A process id may have been reused since, so a holder that serves must be reachable. */
async function isAlive({ pid, url }: Holder): Promise<boolean> {
  if (url) return canConnect(Number(new URL(url).port))
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function canConnect(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function readLock(lock: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(lock, 'utf8'))
  } catch {
    return undefined
  }
}

/** Lets any number of connections share PGlite's one session, one transaction at a time. */
async function serve(engine: PGlite) {
  const sockets = new Set<Socket>()
  const takeTurn = createTurns()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket))
    converse(engine, socket, takeTurn).then(
      () => socket.end(),
      () => socket.destroy()
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close()
      for (const socket of sockets) socket.destroy()
      await takeTurn()
    }
  }
}

type EndTurn = () => void

/** A queue: each caller waits until all earlier ones have ended their turns. */
function createTurns(): () => Promise<EndTurn> {
  let last: Promise<void> = Promise.resolve()
  return async () => {
    const before = last
    let end: EndTurn = () => {}
    last = new Promise((resolve) => {
      end = resolve
    })
    await before
    return end
  }
}

async function converse(engine: PGlite, socket: Socket, takeTurn: () => Promise<EndTurn>): Promise<void> {
  let endTurn: EndTurn | undefined
  try {
    for await (const messages of clientMessages(socket)) {
      endTurn ??= await takeTurn()
      if (await execute(engine, messages, socket)) {
        endTurn()
        endTurn = undefined
      }
    }
  } finally {
    // The client left in the middle of a transaction.
    if (endTurn) await engine.exec('rollback').finally(endTurn)
  }
}

/** Runs messages and returns whether the session is idle after them: the last reply is ReadyForQuery "I". */
async function execute(engine: PGlite, messages: Uint8Array, socket: Socket): Promise<boolean> {
  let tail = Buffer.alloc(0)
  await engine.runExclusive(() =>
    engine.execProtocolRawStream(messages, {
      syncToFs: false,
      onRawData: (reply) => {
        if (!socket.destroyed) socket.write(Buffer.from(reply))
        tail = Buffer.concat([tail, reply]).subarray(-6)
      }
    })
  )
  return tail.toString('latin1') === 'Z\0\0\0\x05I'
}

const SSL_REQUEST = 80_877_103
const GSS_REQUEST = 80_877_104
const TERMINATE = 'X'.charCodeAt(0)

/**
 * Splits what a client sends into whole messages (PostgreSQL protocol 3, "Message Formats"): a type, absent from the first one,
 * and a length that includes itself.
 */
async function* clientMessages(socket: Socket): AsyncGenerator<Uint8Array> {
  let pending: Buffer = Buffer.alloc(0)
  let started = false
  for await (const chunk of socket) {
    pending = Buffer.concat([pending, chunk])
    let end = 0
    for (;;) {
      const typeLength = started ? 1 : 0
      if (pending.length < end + typeLength + 4) break
      const next = end + typeLength + pending.readInt32BE(end + typeLength)
      if (pending.length < next) break
      if (started && pending[end] === TERMINATE) return
      if (!started && [SSL_REQUEST, GSS_REQUEST].includes(pending.readInt32BE(4))) {
        socket.write('N')
        pending = pending.subarray(next)
        continue
      }
      started = true
      end = next
    }
    if (end > 0) yield pending.subarray(0, end)
    pending = pending.subarray(end)
  }
}
