import { countdown } from './countdown.js'
import { make } from './dom.js'
import { exchange, kindOf } from './exchange.js'
import { message } from './message.js'

/** The outcome of a step: a badge for its title, the message, the wait, and each request with its reply. */
export function outcome(onWaited) {
  const badge = make('span', { class: 'result' })
  const said = message()
  const wait = countdown(onWaited)
  const exchanges = make('div', { class: 'exchanges' })

  /** The request that would be sent. */
  function preview(request) {
    delete exchanges.dataset.sent
    exchanges.replaceChildren(exchange(request))
  }
  function begin() {
    exchanges.replaceChildren()
    exchanges.dataset.sent = 'yes'
  }
  function add(request, reply) {
    for (const earlier of exchanges.children) earlier.open = false
    exchanges.append(exchange(request, reply))
    const { status, body } = reply
    badge.className = `result ${kindOf(status)}`
    badge.textContent = body?.code ?? (status || '—')
    said.show(reply)
    const seconds = body?.retry_after ?? body?.resend_in
    if (seconds) wait.start(seconds)
  }
  const isSent = () => 'sent' in exchanges.dataset
  return { badge, elements: [said.element, wait.element, exchanges], preview, begin, add, isSent }
}
