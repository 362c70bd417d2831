import { make, tell } from './dom.js'

/** Update the suggestions under code fields, which offer what the phone was sent. */
const suggestions = []
export function suggestCodes(newestCode) {
  for (const suggest of suggestions) suggest(newestCode)
}

/** A step's field: `another` suggests other values, `codeFor` gives the number whose code it offers. */
export function fieldOf(prefix, { name, say = name, codeFor, another, ...attributes }, onChange) {
  const id = `${prefix}-${name}`
  const input = make('input', { id, name, autocomplete: 'off', ...attributes })
  const put = (value) => {
    input.value = value
    onChange()
    input.dispatchEvent(new Event('change', { bubbles: true }))
  }
  const field = make('div', { class: 'field' }, make('label', { for: id, say }), input)
  if (another) field.append(beside({ class: 'beside', say: 'another', on: { click: () => put(another()) } }))
  if (codeFor) field.append(offerOf(codeFor, put))
  return field
}

const beside = (options) => make('button', { type: 'button', ...options })

/** Offers to fill in a number's newest code. */
function offerOf(codeFor, put) {
  const offer = beside({ class: 'beside offer', hidden: true, on: { click: () => put(offer.value) } })
  suggestions.push((newestCode) => {
    const code = newestCode(codeFor())
    offer.hidden = !code
    offer.value = code ?? ''
    if (code) tell(offer, 'fromMessages', { code })
  })
  return offer
}
