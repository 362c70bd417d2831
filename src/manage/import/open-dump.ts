import { open } from 'node:fs/promises'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { DumpInvalid } from './dump.ts'

export interface Dump {
  chunks: AsyncIterable<Uint8Array>
  /** Undefined when nobody can know. */
  bytes: number | undefined
  bytesRead(): number
}

/**
 * Opens a file, unpacked when it ends in `.gz`, or standard input for `-`.
 * @throws the system's error when the file cannot be opened
 */
export async function openDump(file: string, stdin: Readable): Promise<Dump> {
  if (file === '-') return { chunks: stdin, bytes: undefined, bytesRead: () => 0 }
  const handle = await open(file)
  const source = handle.createReadStream()
  const { size } = await handle.stat()
  const chunks = file.endsWith('.gz') ? unpack(source) : source
  return { chunks, bytes: size, bytesRead: () => source.bytesRead }
}

async function* unpack(source: Readable): AsyncGenerator<Uint8Array> {
  try {
    // What goes wrong comes out of the loop.
    yield* pipeline(source, createGunzip(), () => undefined)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))) throw error
    throw new DumpInvalid('The file is not gzip, or ends in the middle.')
  }
}
