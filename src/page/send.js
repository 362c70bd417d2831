import { language, say } from './dom.js'

/** The headers for `{ method, path, body, token }`. */
export function headersOf({ body, token }) {
  return {
    'accept-language': language,
    ...(body && { 'content-type': 'application/json' }),
    ...(token && { authorization: `Bearer ${token}` })
  }
}

/** Sends a request; returns its reply, or status 0 if there was none. */
export async function send(request) {
  const { method, path, body } = request
  const init = { method, headers: headersOf(request), ...(body && { body: JSON.stringify(body) }) }
  const started = performance.now()
  try {
    const response = await fetch(path, init)
    const text = await response.text()
    const headers = Object.fromEntries(
      ['content-type', 'retry-after', 'x-request-id'].flatMap((name) => {
        const value = response.headers.get(name)
        return value ? [[name, value]] : []
      })
    )
    const isJson = headers['content-type']?.includes('json')
    return {
      ...{ status: response.status, ok: response.ok, headers },
      ...{ body: isJson ? JSON.parse(text) : text, ms: Math.round(performance.now() - started) }
    }
  } catch {
    return { status: 0, ok: false, headers: {}, body: say('noReply') }
  }
}
