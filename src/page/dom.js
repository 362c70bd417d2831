import { LANGUAGES, WORDS } from './words.js'

const KEPT_AS = 'citizen-auth language'

/** The reader's language: the one chosen before, else the browser's first that we have. */
export let language =
  [localStorage.getItem(KEPT_AS), ...navigator.languages.map((each) => each.slice(0, 2))].find(
    (each) => each && each in LANGUAGES
  ) ?? 'en'

/** A sentence in the reader's language; `{name}` stands for a fact. */
export function say(key, facts = {}) {
  const sentence = WORDS[language][key] ?? key
  return sentence.replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? '')
}

/** Makes an element. `say` and `label` are the keys of its text and name; other attributes are set as they are. Never HTML. */
export function make(
  tag,
  { say: key, facts, label, class: className, on = {}, ...attributes } = {},
  ...children
) {
  const element = document.createElement(tag)
  if (className) element.className = className
  if (key) tell(element, key, facts)
  if (label) element.dataset.label = label
  if (label) element.setAttribute('aria-label', say(label))
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== false && value !== undefined) element.setAttribute(attribute, value === true ? '' : value)
  }
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener)
  element.append(...children)
  return element
}

/** Gives an element a text that follows the language. */
export function tell(element, key, facts) {
  element.dataset.say = key
  if (facts) element.dataset.facts = JSON.stringify(facts)
  element.textContent = say(key, facts)
}

/** Switches the whole page to a language. */
export function speak(chosen) {
  language = chosen
  localStorage.setItem(KEPT_AS, chosen)
  document.documentElement.lang = chosen
  for (const element of document.querySelectorAll('[data-say]')) {
    const { say: key, facts } = element.dataset
    element.textContent = say(key, facts && JSON.parse(facts))
  }
  for (const element of document.querySelectorAll('[data-label]')) {
    element.setAttribute('aria-label', say(element.dataset.label))
  }
}

/** Fills a fieldset with a switch's choices: `{ value: text or key }`. */
export function fillSwitch(fieldset, choices, chosen, onChoice) {
  for (const [value, text] of Object.entries(choices)) {
    const words = text.key ? make('span', { say: text.key }) : make('span', {}, text)
    const checked = value === chosen
    const on = { change: () => onChoice(value) }
    fieldset.append(
      make('label', {}, make('input', { type: 'radio', name: fieldset.id, value, checked, on }), words)
    )
  }
}

/** Hours and minutes. */
export function timeOfDay(date) {
  return date.toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
}

/** `+998 90 123 45 67`, for reading. */
export function spaced(phone) {
  return phone.replace(/^(\+998)(\d\d)(\d{3})(\d\d)(\d\d)$/, '$1 $2 $3 $4 $5')
}
