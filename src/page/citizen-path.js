import { citizenMeStep, deleteStep, sessionsStep } from './citizen-account.js'
import { newCodeStep, newNumberStep } from './citizen-new-number.js'
import { codeStep, formStep, numberStep } from './citizen-sign-in.js'

/**
 * What each step sends, and the errors it can provoke: `send` shows a request and its reply in the step.
 * `me` is what this tab's citizen has, `newestCode(phone)` the newest code sent to that number.
 */
export function citizenPath(me, newestCode) {
  return [
    numberStep(me),
    codeStep(me, newestCode),
    formStep(me),
    citizenMeStep(me),
    sessionsStep(me),
    newNumberStep(me),
    newCodeStep(me, newestCode),
    deleteStep(me)
  ]
}
