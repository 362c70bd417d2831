import { make, spaced, tell, timeOfDay } from './dom.js'
import { hearMessages } from './events.js'

const SHOWN = 30
const CODE = /\b\d{4,8}\b/

/** The phone on the left: shows messages as they arrive, and remembers each number's newest code. */
export function showPhone(onMessage) {
  const list = document.getElementById('messages')
  const codes = new Map()
  hearMessages((message) => {
    const [code] = CODE.exec(message.text) ?? []
    if (code) codes.set(message.to, code)
    document.getElementById('empty').hidden = true
    list.prepend(item(message, code))
    while (list.children.length > SHOWN) list.lastChild.remove()
    onMessage(message)
  }, showState)
  return (number) => codes.get(number)
}

function showState(name) {
  const line = document.getElementById('line')
  line.className = name
  tell(line, name)
  if (name === 'live') setTimeout(readAloud, 1_000)
}

/** Earlier messages all come when the line opens, too many to read aloud: only later ones are announced. */
function readAloud() {
  document.getElementById('messages').setAttribute('aria-live', 'polite')
}

function item({ to, text, channel, sent_at }, code) {
  const from = make(
    'p',
    { class: 'from' },
    make('b', {}, channel === 'telegram' ? 'Telegram' : 'SMS'),
    ` ${spaced(to)} `,
    make('time', { datetime: sent_at }, timeOfDay(new Date(sent_at)))
  )
  return make('li', { class: channel }, from, bubble(text, code))
}

/** A message may contain anything: it is only ever shown as text. */
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
