import { language, say } from './dom.js'

/** `{ method, path, body, token }` with its headers. Fixed once, so that what is shown later is what was sent. */
export function withHeaders({ token, ...request }) {
  const headers = {
    'accept-language': language,
    ...(request.body && { 'content-type': 'application/json' }),
    ...(token && { authorization: `Bearer ${token}` })
  }
  return { ...request, headers }
}

/** Sends a request with its headers; returns its reply, or status 0 if there was none. */
export async function send({ method, path, body, headers: sent }) {
  const init = { method, headers: sent, ...(body && { body: JSON.stringify(body) }) }
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
