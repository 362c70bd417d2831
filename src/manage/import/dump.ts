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
 * Yields the rows of a `dumpdata` file chunk by chunk, so that a million rows need little memory.
 * @throws DumpInvalid naming the last row before the fault, after all rows up to it were yielded
 */
export async function* readDump(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<DumpRow[]> {
  // keepStack is false: rows that were handed over are forgotten.
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

// Windows writes other encodings, which the parser could only report as invalid JSON.
function reads(utf8: TextDecoder, chunk: Uint8Array): boolean {
  try {
    utf8.decode(chunk, { stream: true })
    return true
  } catch {
    return false
  }
}

// The parser's own messages are of no use here: they quote the file, including phone numbers and hashes.
function accepts(parser: JSONParser, chunk: Uint8Array): boolean {
  try {
    parser.write(chunk)
    return true
  } catch {
    return false
  }
}
