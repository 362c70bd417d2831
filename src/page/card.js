import { make } from './dom.js'
import { fieldOf } from './field.js'
import { outcome } from './outcome.js'
import { send, withHeaders } from './send.js'

const valuesOf = (form) => Object.fromEntries(new FormData(form))
const button = (name, kind, click) =>
  make('button', { type: 'button', class: kind, say: name, on: { click } })

/** Shows anew what the open steps would send, after a sign-in, another number or another language. */
export function refreshPreviews() {
  for (const block of document.querySelectorAll('details.step[open]')) block.dispatchEvent(new Event('stale'))
}

/** A step; `onDone` is called once it succeeds, `onExchange` for each reply. */
export function card(step, { prefix, number, onDone, onExchange }) {
  const form = make('form', { novalidate: true })
  const came = outcome(onExchange)
  const mark = make('span', { class: 'mark' }, String(number))
  const block = make('details', { class: 'step' }, titleOf(step, mark, came.badge))
  const preview = () => came.preview(withHeaders(step.main.request(valuesOf(form))))

  async function act(run, { after, isDone } = {}) {
    const values = valuesOf(form)
    const reply = await perform(run, values, { block, came })
    if (reply?.ok) after?.(reply, values)
    if (reply?.ok && isDone) {
      mark.textContent = '✓'
      block.classList.add('done')
      onDone()
    }
    onExchange(reply)
    refreshPreviews()
  }
  fill(form, step, `${prefix}-${step.key}`, { act, preview })
  block.append(make('div', { class: 'inside' }, form, ...errorsOf(step, act), ...came.elements))
  for (const event of ['toggle', 'stale']) block.addEventListener(event, () => came.isSent() || preview())
  return block
}

function titleOf({ key }, mark, badge) {
  return make('summary', {}, mark, make('h3', { say: `s_${key}` }), badge)
}

/** Shows what an action sends and gets back; returns the last reply. */
async function perform(run, values, { block, came }) {
  came.begin()
  block.setAttribute('aria-busy', 'true')
  let reply
  await run(async (plain) => {
    const request = withHeaders(plain)
    reply = await send(request)
    came.add(request, reply)
    return reply
  }, values)
  block.removeAttribute('aria-busy')
  return reply
}

function fill(form, { fields = [], hint, main, others = {}, after }, prefix, { act, preview }) {
  for (const field of fields) form.append(fieldOf(prefix, field, preview))
  if (hint) form.append(make('p', { class: 'hint', say: hint }))
  const more = Object.entries(others).map(([name, { run, ...then }]) =>
    button(name, 'other', () => act(run, then))
  )
  const submit = make('button', { class: main.isGrave ? 'main grave' : 'main', say: main.say })
  form.append(make('div', { class: 'buttons' }, submit, ...more))
  form.addEventListener('input', preview)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    act((show, values) => show(main.request(values)), { after, isDone: true })
  })
}

function errorsOf({ provoke = {} }, act) {
  const buttons = Object.entries(provoke).map(([name, run]) => button(name, 'provoke', () => act(run)))
  if (buttons.length === 0) return []
  return [
    make(
      'div',
      { class: 'errors' },
      make('p', { say: 'provoke' }),
      make('div', { class: 'buttons' }, ...buttons)
    )
  ]
}
