import { make, tell } from './dom.js'
import { FORMS } from './request-forms.js'

let form = 'curl'

/** Shows requests in another form, including those already shown. */
export function showAs(chosen) {
  form = chosen
  for (const element of document.querySelectorAll('.exchange pre.request'))
    element.dispatchEvent(new Event('paint'))
}

/** A request, and its reply if there is one. */
export function exchange(request, reply) {
  const { method, path } = request
  const code = make('pre', { class: 'request', tabindex: 0, label: 'request' })
  const paint = () => {
    code.textContent = FORMS[form](request)
  }
  code.addEventListener('paint', paint)
  paint()
  const line = make('summary', {}, make('b', {}, method), make('span', { class: 'path' }, path))
  const bar = make('div', { class: 'bar' }, make('span', { say: 'request' }), ...copyButtons(code))
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

/** Empty on plain HTTP pages from a network address, where browsers have no clipboard. */
function copyButtons(code) {
  if (!navigator.clipboard) return []
  const copied = () => {
    tell(button, 'copied')
    setTimeout(() => tell(button, 'copy'), 1_500)
  }
  // If the browser refuses, the text is selected, one key away from being copied.
  const refused = () => getSelection().selectAllChildren(code)
  const click = () => navigator.clipboard.writeText(code.textContent).then(copied, refused)
  const button = make('button', { type: 'button', class: 'copy', say: 'copy', on: { click } })
  return [button]
}
