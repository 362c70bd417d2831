import { make, spaced, tell, timeOfDay } from './dom.js'

const SHOWN = 30
const CODE = /\b\d{4,8}\b/

/** The phone on the left: shows messages as they arrive, and remembers the newest code of each number. */
export function showPhone(onMessage) {
  const list = document.getElementById('messages')
  const line = document.getElementById('line')
  const seen = new Set()
  const codes = new Map()
  open()
  return (number) => codes.get(number)

  /** The browser comes back by itself with the last id, but not after a refusal. */
  function open() {
    const source = new EventSource('/dev/events')
    source.addEventListener('open', () => state('live'))
    source.addEventListener('error', () => {
      state('away')
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 2_000)
    })
    source.addEventListener('message', ({ data, lastEventId }) => {
      if (seen.has(lastEventId)) return
      seen.add(lastEventId)
      show(JSON.parse(data))
    })
  }

  function state(name) {
    line.className = name
    tell(line, name)
  }

  function show(message) {
    const { to, text, channel, sent_at } = message
    const [code] = CODE.exec(text) ?? []
    if (code) codes.set(to, code)
    document.getElementById('empty').hidden = true
    list.prepend(
      make(
        'li',
        { class: channel },
        make(
          'p',
          { class: 'from' },
          make('b', {}, channel === 'telegram' ? 'Telegram' : 'SMS'),
          ` ${spaced(to)} `,
          make('time', { datetime: sent_at }, timeOfDay(new Date(sent_at)))
        ),
        bubble(text, code)
      )
    )
    while (list.children.length > SHOWN) list.lastChild.remove()
    onMessage(message)
  }
}

/** A message may hold anything: it becomes text and nothing else. */
function bubble(text, code) {
  if (!code) return make('p', { class: 'text' }, text)
  const start = text.indexOf(code)
  return make(
    'p',
    { class: 'text' },
    text.slice(0, start),
    make('strong', {}, code),
    text.slice(start + code.length)
  )
}
