import { make, tell } from './dom.js'
import { kindOf } from './exchange.js'

/** What the last reply says: its message, else whether it was one of success. */
export function message() {
  const element = make('p', { class: 'said', role: 'status' })

  function show({ status, body }) {
    element.className = `said ${kindOf(status)}`
    if (body?.message) {
      // In the language it came in, whichever is chosen later.
      delete element.dataset.say
      element.textContent = `${body.code}: ${body.message}`
    } else tell(element, status >= 200 && status < 300 ? 'done' : 'noReply')
  }
  return { element, show }
}
