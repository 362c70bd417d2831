import { language, make, say, tell } from './dom.js'

/** How requests are shown. */
export const FORMS = { curl: asCurl, fetch: asFetch, JSON: asJson }
let form = 'curl'

/** What is sent for `{ method, path, body, token }`. */
function headersOf({ body, token }) {
  return {
    'accept-language': language,
    ...(body && { 'content-type': 'application/json' }),
    ...(token && { authorization: `Bearer ${token}` })
  }
}

/** Sends a request; gives its reply, or one without a status when there was none. */
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

/** Shows requests in another form from now on, also those that are shown already. */
export function showAs(chosen) {
  form = chosen
  for (const element of document.querySelectorAll('.exchange pre.request'))
    element.dispatchEvent(new Event('paint'))
}

/** A request, and its reply where there is one. */
export function exchange(request, reply) {
  const { method, path } = request
  const code = make('pre', { class: 'request', tabindex: 0, label: 'request' })
  const paint = () => {
    code.textContent = FORMS[form](request)
  }
  code.addEventListener('paint', paint)
  paint()
  const line = make('summary', {}, make('b', {}, method), make('span', { class: 'path' }, path))
  const bar = make('div', { class: 'bar' }, make('span', { say: 'request' }), copyButton(code))
  const block = make('details', { class: 'exchange', open: true }, line, bar, code)
  if (!reply) return block
  const { status, headers, body, ms } = reply
  line.append(make('span', { class: `pill ${kindOf(status)}` }, status ? `${status} · ${ms} ms` : '—'))
  const { 'content-type': _, ...telling } = headers
  const head = Object.entries(telling).map(([name, value]) => `${name}: ${value}\n`)
  const text = typeof body === 'string' ? body : JSON.stringify(body, null, 2)
  block.append(
    make('div', { class: 'bar' }, make('span', { say: 'reply' })),
    make('pre', { class: 'reply', tabindex: 0, label: 'reply' }, `${head.join('')}${text && `\n${text}`}`)
  )
  return block
}

export function kindOf(status) {
  return status >= 200 && status < 300 ? 'good' : status === 429 ? 'wait' : 'bad'
}

function copyButton(code) {
  const copy = async () => {
    await navigator.clipboard.writeText(code.textContent)
    tell(button, 'copied')
    setTimeout(() => tell(button, 'copy'), 1_500)
  }
  const button = make('button', { type: 'button', class: 'copy', say: 'copy', on: { click: copy } })
  return button
}
