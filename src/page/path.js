import { make, tell } from './dom.js'
import { exchange, kindOf, send } from './exchange.js'

/** The suggestion under a field for codes offers what the phone was sent; tells it to look again. */
const suggestions = []
export function suggestCodes(newestCode) {
  for (const suggest of suggestions) suggest(newestCode)
}

/** Shows the steps of a path in a section; `onExchange` hears of every reply. */
export function showPath(section, steps, onExchange) {
  const cards = steps.map((step, place) => card(step, place, () => cards[place + 1]))
  section.append(make('ol', { class: 'steps' }, ...cards.map((each) => make('li', {}, each))))
  cards[0].open = true

  function card(step, place, next) {
    const { key, fields = [], hint, main, others = {}, provoke = {} } = step
    const form = make('form', { novalidate: true, on: { submit, input: preview } })
    const valuesOf = () => Object.fromEntries(new FormData(form))
    const said = make('p', { class: 'said', role: 'status' })
    const countdown = make('p', { class: 'countdown', role: 'timer', hidden: true })
    const shown = make('div', { class: 'exchanges' })
    const mark = make('span', { class: 'mark' }, String(place + 1))
    const result = make('span', { class: 'result' })
    let timer

    for (const field of fields) form.append(fieldOf(`${section.id}-${key}`, field, preview))
    if (hint) form.append(make('p', { class: 'hint', say: hint }))
    form.append(
      make(
        'div',
        { class: 'buttons' },
        make('button', { class: main.isGrave ? 'main grave' : 'main', say: main.say }),
        ...Object.entries(others).map(([name, { run, after, isDone }]) =>
          button(name, () => act(run, { after, isDone }), 'other')
        )
      )
    )
    const errors = Object.entries(provoke).map(([name, run]) => button(name, () => act(run), 'provoke'))
    const block = make(
      'details',
      { class: 'step', on: { toggle: preview } },
      make('summary', {}, mark, make('h3', { say: `s_${key}` }), result),
      make(
        'div',
        { class: 'inside' },
        form,
        ...(errors.length > 0
          ? [
              make(
                'div',
                { class: 'errors' },
                make('p', { say: 'provoke' }),
                make('div', { class: 'buttons' }, ...errors)
              )
            ]
          : []),
        said,
        countdown,
        shown
      )
    )
    return block

    function button(name, click, kind) {
      return make('button', { type: 'button', class: kind, say: name, on: { click } })
    }
    function preview(event) {
      if (event?.type === 'toggle' && shown.dataset.sent) return
      delete shown.dataset.sent
      shown.replaceChildren(exchange(main.request(valuesOf())))
    }
    function submit(event) {
      event.preventDefault()
      act((sendShown, values) => sendShown(main.request(values)), { after: step.after, isDone: true })
    }
    async function act(run, { after, isDone = false } = {}) {
      shown.replaceChildren()
      shown.dataset.sent = 'yes'
      block.setAttribute('aria-busy', 'true')
      const values = valuesOf()
      let reply
      await run(async (request) => {
        reply = await send(request)
        for (const earlier of shown.children) earlier.open = false
        shown.append(exchange(request, reply))
        show(reply)
        return reply
      }, values)
      block.removeAttribute('aria-busy')
      if (reply?.ok) after?.(reply, values)
      if (reply?.ok && isDone) finish()
      onExchange(reply)
    }
    function show({ status, body }) {
      result.className = `result ${kindOf(status)}`
      result.textContent = body?.code ?? status
      said.className = `said ${kindOf(status)}`
      if (body?.message) said.textContent = `${body.code}: ${body.message}`
      else tell(said, status >= 200 && status < 300 ? 'done' : 'noReply')
      if (body?.message) delete said.dataset.say
      const seconds = body?.retry_after ?? body?.resend_in
      if (seconds) count(seconds)
    }
    function finish() {
      mark.textContent = '✓'
      block.classList.add('done')
      const following = next()
      if (following) following.open = true
    }
    function count(seconds) {
      clearInterval(timer)
      const end = performance.now() + seconds * 1_000
      const tick = () => {
        const left = Math.ceil((end - performance.now()) / 1_000)
        countdown.hidden = left <= 0
        tell(countdown, 'again', { seconds: left })
        if (left > 0) return
        clearInterval(timer)
        onExchange()
      }
      timer = setInterval(tick, 250)
      tick()
    }
  }
}

function fieldOf(prefix, { name, say = name, codeFor, another, ...attributes }, onChange) {
  const id = `${prefix}-${name}`
  const input = make('input', { id, name, autocomplete: 'off', ...attributes })
  const field = make('div', { class: 'field' }, make('label', { for: id, say }), input)
  const put = (value) => {
    input.value = value
    onChange()
    input.dispatchEvent(new Event('change', { bubbles: true }))
  }
  if (another)
    field.append(
      make('button', { type: 'button', class: 'beside', say: 'another', on: { click: () => put(another()) } })
    )
  if (codeFor) {
    const offer = make('button', {
      type: 'button',
      class: 'beside offer',
      hidden: true,
      on: { click: () => put(offer.value) }
    })
    field.append(offer)
    suggestions.push((newestCode) => {
      const code = newestCode(codeFor())
      offer.hidden = !code
      offer.value = code ?? ''
      if (code) tell(offer, 'fromMessages', { code })
    })
  }
  return field
}
