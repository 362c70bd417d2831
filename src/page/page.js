import { refreshPreviews } from './card.js'
import { citizenPath } from './citizen-path.js'
import { fillSwitch, language, speak, timeOfDay } from './dom.js'
import { showAs } from './exchange.js'
import { suggestCodes } from './field.js'
import { showGuard } from './guard.js'
import { showPath } from './path.js'
import { showPhone } from './phone.js'
import { randomPhone } from './phones.js'
import { FORMS } from './request-forms.js'
import { staffPath } from './staff-path.js'
import { LANGUAGES } from './words.js'

const at = (id) => document.getElementById(id)
const citizen = { phone: randomPhone() }
const staff = {}

const newestCode = showPhone(({ to }) => {
  suggestCodes(newestCode)
  if (to === citizen.phone) look()
})
async function look() {
  suggestCodes(newestCode)
  const typed = citizen.phone
  const phone = await showGuard(typed, citizen.device)
  if (!phone || phone === typed || citizen.phone !== typed) return
  // Messages name the number as E.164, however it was typed.
  citizen.phone = phone
  suggestCodes(newestCode)
  refreshPreviews()
}

showPath(
  at('citizen'),
  citizenPath(citizen, (phone) => newestCode(phone)),
  look
)
showPath(at('staff'), staffPath(staff), () => {})
at('citizen-number-phone_number').addEventListener('change', ({ target }) => {
  // Too short for a number: still being typed.
  if (target.value.replace(/\D/g, '').length < 9) return
  citizen.phone = target.value
  citizen.device = undefined
  refreshPreviews()
  look()
})

fillSwitch(at('languages'), LANGUAGES, language, (chosen) => {
  speak(chosen)
  refreshPreviews()
})
fillSwitch(at('who'), { citizen: { key: 'citizen' }, staff: { key: 'staff' } }, 'citizen', (who) => {
  for (const name of ['citizen', 'staff']) at(name).hidden = name !== who
})
fillSwitch(at('forms'), Object.fromEntries(Object.keys(FORMS).map((name) => [name, name])), 'curl', showAs)
speak(language)
look()

const tick = () => {
  at('clock').textContent = timeOfDay(new Date())
}
setInterval(tick, 10_000)
tick()
