import { deviceOf, keepTokens } from './citizen-tokens.js'
import { codeField, guessWrongly } from './codes.js'
import { LANDLINE, randomPhone } from './phones.js'
import { patch, post } from './requests.js'

export function numberStep(me) {
  const ask = ({ phone_number }) => post('/api/auth/send-otp/', { phone_number, ...deviceOf(me) })
  return {
    key: 'number',
    fields: [
      { name: 'phone_number', type: 'tel', autocomplete: 'tel', value: me.phone, another: randomPhone }
    ],
    main: { say: 'sendCode', request: ask },
    after({ body }) {
      me.phone = body.phone_number
    },
    provoke: {
      async askAgain(send, form) {
        if ((await send(ask(form))).ok) await send(ask(form))
      },
      landline: (send) => send(ask({ phone_number: LANDLINE }))
    }
  }
}

export function codeStep(me, newestCode) {
  const bring = (code) => post('/api/auth/verify-otp/', { phone_number: me.phone, code, ...deviceOf(me) })
  const after = keepTokens(me)
  return {
    key: 'code',
    fields: [codeField(() => me.phone)],
    main: { say: 'signIn', request: ({ code }) => bring(code) },
    after,
    others: { debugCode: { run: (send) => send(bring('1111')), after, isDone: true } },
    provoke: {
      wrongCode: (send) => guessWrongly(send, bring, newestCode(me.phone)),
      fiveWrong: (send) => guessWrongly(send, bring, newestCode(me.phone), 5)
    }
  }
}

export function formStep(me) {
  const save = (form) => patch('/api/users/profile/', form, me.access)
  return {
    key: 'form',
    fields: [
      { name: 'full_name', autocomplete: 'name', value: 'Dilnoza Karimova' },
      { name: 'neighborhood', value: 'Chilonzor' },
      { name: 'location', value: '41.2995,69.2401' }
    ],
    main: { say: 'save', request: save },
    provoke: { emptyName: (send) => send(save({ full_name: ' ' })) }
  }
}
