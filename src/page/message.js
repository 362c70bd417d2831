import { make, tell } from './dom.js'
import { kindOf } from './exchange.js'

/** Shows the last reply: its message, or else whether it succeeded. */
export function message() {
  const element = make('p', { class: 'said', role: 'status' })

  function show({ status, body }) {
    element.className = `said ${kindOf(status)}`
    if (body?.message) {
      // Stays in the language it came in.
      delete element.dataset.say
      element.textContent = `${body.code}: ${body.message}`
    } else tell(element, status >= 200 && status < 300 ? 'done' : 'noReply')
  }
  return { element, show }
}
