import { open } from 'node:fs/promises'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { DumpInvalid } from './dump.ts'

export interface Dump {
  chunks: AsyncIterable<Uint8Array>
  /** Size of the file; undefined for standard input. */
  bytes: number | undefined
  bytesRead(): number
}

/**
 * Opens a file, decompressed when its name ends in `.gz`, or standard input for `-`.
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
    // Errors surface in the loop, so the callback ignores them.
    yield* pipeline(source, createGunzip(), () => undefined)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))) throw error
    throw new DumpInvalid('The file is not gzip, or ends in the middle.')
  }
}
