import { codeField, guessWrongly } from './codes.js'
import { randomPhone } from './phones.js'
import { post } from './requests.js'

export function newNumberStep(me) {
  const ask = (phone_number) => post('/api/users/phone/', { phone_number }, me.access)
  return {
    key: 'newNumber',
    fields: [
      {
        name: 'phone_number',
        say: 'new_phone',
        type: 'tel',
        autocomplete: 'tel',
        value: randomPhone(),
        another: randomPhone
      }
    ],
    main: { say: 'sendCode', request: ({ phone_number }) => ask(phone_number) },
    after({ body }) {
      me.newPhone = body.phone_number
    },
    provoke: { ownNumber: (send) => send(ask(me.phone)) }
  }
}

export function newCodeStep(me, newestCode) {
  const bring = (code) => post('/api/users/phone/verify/', { phone_number: me.newPhone, code }, me.access)
  return {
    key: 'newCode',
    fields: [codeField(() => me.newPhone)],
    main: { say: 'change', request: ({ code }) => bring(code) },
    after({ body }) {
      me.phone = body.phone_number
    },
    provoke: { wrongCode: (send) => guessWrongly(send, bring, newestCode(me.newPhone)) }
  }
}
