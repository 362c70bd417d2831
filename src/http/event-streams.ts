import type { Writable } from 'node:stream'
import type { Inbox, InboxEntry } from '../sms/inbox.ts'

/** More than a developer has tabs; further readers are refused. */
const READERS_MAX = 100
/** How often the inbox is polled (ms): other processes write to it too, and a blocking read needs a connection of its own. */
const LOOK_MS = 200
/** After this many polls without a message (15 s) a comment is sent, to show both ends that the other is there. */
const QUIET_LOOKS = 75
/** A reader whose socket has taken nothing for this many polls (30 s) is dropped. */
const STUCK_LOOKS = 150

interface Reader {
  stream: Writable
  /** The id of the inbox entry up to which the reader has everything. */
  last: string
  isLooking: boolean
  /** Polls since something was last written, and since the socket last had room. */
  quiet: number
  stuck: number
}

/**
 * The inbox as server-sent events (HTML, 9.2). Each reader polls on its own from its position, and only when its socket has
 * taken what was sent before: a reader that never reads takes up one poll's worth of memory, until it is dropped.
 */
export function createEventStreams(inbox: Pick<Inbox, 'after'>) {
  const readers = new Set<Reader>()
  let timer: NodeJS.Timeout | undefined
  return { add, close, isFull: () => readers.size >= READERS_MAX }

  /** Sends the inbox entries after the id `last`, then new ones as they come, until the reader is gone. */
  function add(stream: Writable, last: string): void {
    // A client may leave while its request waits for its turn; its stream would never say so again.
    if (stream.destroyed) return
    const reader = { stream, last, isLooking: false, quiet: 0, stuck: 0 }
    readers.add(reader)
    stream.once('close', () => {
      readers.delete(reader)
      if (readers.size > 0) return
      clearInterval(timer)
      timer = undefined
    })
    stream.write('retry: 1000\n\n')
    timer ??= setInterval(() => {
      for (const each of readers) void look(each)
    }, LOOK_MS)
    void look(reader)
  }

  async function look(reader: Reader): Promise<void> {
    const { stream } = reader
    reader.stuck = stream.writableNeedDrain ? reader.stuck + 1 : 0
    reader.quiet += 1
    if (reader.stuck > STUCK_LOOKS) stream.destroy()
    if (reader.stuck > 0 || reader.isLooking) return
    reader.isLooking = true
    // Redis may be away: the next poll finds what this one missed.
    const entries = await inbox.after(reader.last).catch(() => [])
    reader.isLooking = false
    if (stream.writableEnded || (entries.length === 0 && reader.quiet < QUIET_LOOKS)) return
    reader.last = entries.at(-1)?.id ?? reader.last
    reader.quiet = 0
    stream.write(entries.map(eventOf).join('') || ': \n\n')
  }

  /** Ends every stream: its reader reconnects to the process that serves then. */
  function close(): void {
    for (const { stream } of readers) stream.end()
  }
}

function eventOf({ id, message }: InboxEntry): string {
  return `id: ${id}\ndata: ${JSON.stringify(message)}\n\n`
}
