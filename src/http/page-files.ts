import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'

const FOLDER = new URL('../page/', import.meta.url)
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml'
}

/** Allows only what we serve ourselves, so that no text in a message, a reply or an address can become more than text. */
export const PAGE_POLICY = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  "require-trusted-types-for 'script'"
].join(';')

export interface PageFile {
  name: string
  type: string
  body: Buffer
}

/** Reads the files of the page (src/page) as they are: there is no build step. */
export function readPage(): PageFile[] {
  return readdirSync(FOLDER).map((name) => ({
    name,
    type: TYPES[extname(name)] ?? 'application/octet-stream',
    body: readFileSync(new URL(name, FOLDER))
  }))
}
