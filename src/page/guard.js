import { make, spaced, timeOfDay } from './dom.js'

/** Shows what the guard knows about a number and this browser's address; returns the number as E.164, if it is one. */
export async function showGuard(phone, deviceToken) {
  const response = await fetch('/dev/guard', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ phone_number: phone, ...(deviceToken && { device_token: deviceToken }) })
  }).catch(() => undefined)
  if (!response?.ok) return
  const known = await response.json()
  const whose = `${spaced(known.phone_number)} · ${known.source.address}`
  document.getElementById('guard-number').textContent = whose
  document.getElementById('guard-facts').replaceChildren(...factsOf(known).map(shown))
  return known.phone_number
}

/** Each fact: the key of its name, the key of its sentence, and its values. */
function factsOf({ standing, number, source, service }) {
  const { code, codes_left: codes, short_guesses_left_of_day: guesses } = number
  return [
    ['standing', standing, {}],
    ['unfinished', 'unfinishedIs', source.unfinished],
    code ? ['code', 'codeIs', { time: endOf(code), guesses: code.guesses_left }] : ['code', 'noCode', {}],
    ['number', 'numberLeft', { codes, guesses }],
    ['source', 'sourceLeft', source.left],
    service.strictSeconds > 0
      ? ['service', 'strict', { seconds: service.strictSeconds }]
      : ['service', 'serviceLeft', { hour: service.hour.anybody }]
  ]
}

const endOf = ({ lives }) => timeOfDay(new Date(Date.now() + lives * 1_000))

function shown([name, key, facts]) {
  return make('div', { class: `fact ${key}` }, make('dt', { say: name }), make('dd', { say: key, facts }))
}
