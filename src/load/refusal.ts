import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { errorBody, ServiceUnavailable } from '../errors.ts'
import { type Language, languageOf } from '../text/language.ts'
import { errorSentence } from '../text/messages.ts'

/** How many Accept-Language values are cached: parsing one costs as much as the rest of a refusal. */
const SPELLINGS_KEPT = 100
const RETRY_AFTER_SECONDS = 1

/**
 * Returns a function that answers with a 503 in the contract's format and the client's language, at a fraction of the cost
 * of going through Fastify: under overload that counts.
 */
export function createRefusal(): (request: IncomingMessage, response: ServerResponse) => void {
  const bySpelling = new Map<string, ReturnType<typeof refusalIn>>()
  return (request, response) => {
    const spelling = headerOf(request, 'accept-language')
    let refusal = bySpelling.get(spelling)
    if (!refusal) {
      if (bySpelling.size >= SPELLINGS_KEPT) bySpelling.clear()
      refusal = refusalIn(languageOf(spelling) ?? 'en')
      bySpelling.set(spelling, refusal)
    }
    response.writeHead(ServiceUnavailable.statusCode, [...refusal.headers, 'x-request-id', randomUUID()])
    response.end(refusal.body)
  }
}

function refusalIn(language: Language) {
  const { statusCode, code, message } = ServiceUnavailable
  const sentence = errorSentence(language, code, message)
  const details = { retry_after: RETRY_AFTER_SECONDS }
  // Not a buffer: Node sends a string in one piece with the headers, which halves the cost of a refusal.
  const body = JSON.stringify(errorBody({ statusCode, code, message: sentence }, details))
  const headers = [
    ...['content-type', 'application/json; charset=utf-8', 'content-length', String(Buffer.byteLength(body))],
    ...['retry-after', String(RETRY_AFTER_SECONDS), 'cache-control', 'no-store'],
    ...['content-language', language, 'vary', 'Accept-Language']
  ]
  return { headers, body }
}

/** Reads `rawHeaders`, because Node builds `headers` from all of them on first access. */
function headerOf({ rawHeaders }: IncomingMessage, name: string): string {
  const at = rawHeaders.findIndex((header, place) => place % 2 === 0 && header.toLowerCase() === name)
  return at < 0 ? '' : (rawHeaders[at + 1] ?? '')
}
