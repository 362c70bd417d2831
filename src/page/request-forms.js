import { headersOf } from './send.js'

/** How requests are shown. */
export const FORMS = { curl: asCurl, fetch: asFetch, JSON: asJson }

function asCurl(request) {
  const { method, path, body } = request
  const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`
  const lines = [`curl -X ${method} ${quote(location.origin + path)}`]
  for (const [name, value] of Object.entries(headersOf(request)))
    lines.push(`-H ${quote(`${name}: ${value}`)}`)
  if (body) lines.push(`-d ${quote(JSON.stringify(body))}`)
  return lines.join(' \\\n  ')
}

function asFetch(request) {
  const { method, path, body } = request
  const init = { method, headers: headersOf(request) }
  const text = JSON.stringify(init, null, 2)
  const whole = body ? text.replace(/\n\}$/, `,\n  "body": JSON.stringify(${JSON.stringify(body)})\n}`) : text
  return `await fetch(${JSON.stringify(location.origin + path)}, ${whole})`
}

function asJson(request) {
  const { method, path, body } = request
  return JSON.stringify({ method, path, headers: headersOf(request), body }, null, 2)
}
