import { make, spaced, timeOfDay } from './dom.js'

/** Shows what the guard knows of a number and of where this browser is. */
export async function showGuard(phone, deviceToken) {
  const response = await fetch('/dev/guard', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ phone_number: phone, ...(deviceToken && { device_token: deviceToken }) })
  }).catch(() => undefined)
  if (!response?.ok) return
  const { phone_number, standing, number, source, service } = await response.json()
  const { code, codes_left, short_guesses_left_of_day } = number
  const facts = [
    ['standing', standing, {}],
    ['unfinished', 'unfinishedIs', source.unfinished],
    code
      ? [
          'code',
          'codeIs',
          { time: timeOfDay(new Date(Date.now() + code.lives * 1_000)), guesses: code.guesses_left }
        ]
      : ['code', 'noCode', {}],
    ['number', 'numberLeft', { codes: codes_left, guesses: short_guesses_left_of_day }],
    ['source', 'sourceLeft', source.left],
    service.strictSeconds > 0
      ? ['service', 'strict', { seconds: service.strictSeconds }]
      : ['service', 'serviceLeft', { hour: service.hour.anybody }]
  ]
  document.getElementById('guard-number').textContent = `${spaced(phone_number)} · ${source.address}`
  document
    .getElementById('guard-facts')
    .replaceChildren(
      ...facts.map(([name, key, values]) =>
        make(
          'div',
          { class: `fact ${key}` },
          make('dt', { say: name }),
          make('dd', { say: key, facts: values })
        )
      )
    )
}
