import { deleteStep, meStep, sessionsStep } from './citizen-account.js'
import { newCodeStep, newNumberStep } from './citizen-new-number.js'
import { codeStep, formStep, numberStep } from './citizen-sign-in.js'

/**
 * What each step sends, and the errors that can be provoked there: `send` shows a request with its reply in the step.
 * `me` is what the citizen of this tab has, `newestCode(phone)` what the phone on the left was sent.
 */
export function citizenPath(me, newestCode) {
  return [
    numberStep(me),
    codeStep(me, newestCode),
    formStep(me),
    meStep(me),
    sessionsStep(me),
    newNumberStep(me),
    newCodeStep(me, newestCode),
    deleteStep(me)
  ]
}
