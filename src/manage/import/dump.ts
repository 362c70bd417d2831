import { TextDecoder } from 'node:util'
import { JSONParser } from '@streamparser/json'

/** The file is not what `dumpdata` writes. */
export class DumpInvalid extends Error {
  override name = 'DumpInvalid'
}

/** One element of the array that `dumpdata` writes, counted from 1. */
export interface DumpRow {
  row: number
  value: unknown
}

/**
 * The rows of a `dumpdata` file, those of a chunk at a time, so that a million need little memory.
 * @throws DumpInvalid saying after which row, when all before have been given
 */
export async function* readDump(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<DumpRow[]> {
  // keepStack: what was handed over is forgotten.
  const parser = new JSONParser({ paths: ['$.*'], keepStack: false, stringBufferSize: 65_536 })
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  const rows: DumpRow[] = []
  let row = 0
  let isArray = true
  parser.onValue = ({ key, value }) => {
    isArray &&= typeof key === 'number'
    rows.push({ row: ++row, value })
  }
  for await (const chunk of chunks) {
    if (!reads(utf8, chunk)) throw new DumpInvalid(`The file is not in UTF-8; look after row ${row}.`)
    const isWhole = accepts(parser, chunk)
    if (!isArray) break
    yield rows.splice(0)
    if (!isWhole)
      throw new DumpInvalid(row > 0 ? `The JSON is broken after row ${row}.` : 'This is not JSON.')
  }
  if (row === 0 || !isArray) {
    throw new DumpInvalid('This is not a JSON array with rows in it, as dumpdata writes.')
  }
  if (!parser.isEnded) throw new DumpInvalid(`The file ends in the middle, after row ${row}.`)
}

// Windows writes other encodings, of which the parser can only say that they are no JSON.
function reads(utf8: TextDecoder, chunk: Uint8Array): boolean {
  try {
    utf8.decode(chunk, { stream: true })
    return true
  } catch {
    return false
  }
}

// The parser's own words are of no use here: they quote what stands there, numbers and hashes too.
function accepts(parser: JSONParser, chunk: Uint8Array): boolean {
  try {
    parser.write(chunk)
    return true
  } catch {
    return false
  }
}
