import { meStep } from './me-step.js'
import { randomPhone } from './phones.js'
import { get, ME, post, SESSIONS } from './requests.js'

const login = ({ phone_number, password }) => post('/api/auth/staff-login/', { phone_number, password })
const logout = (token) => post('/api/auth/logout/', undefined, token)

/** Like `citizenPath`: `me` is what this tab's staff member has. */
export function staffPath(me) {
  return [
    loginStep(me),
    staffMeStep(me),
    { key: 'sessions', main: { say: 'list', request: () => get(SESSIONS, me.access) } },
    {
      key: 'signOut',
      main: { say: 'signOut', request: () => logout(me.access) },
      provoke: { afterwards: (send) => send(get(ME, me.access)) }
    }
  ]
}

function loginStep(me) {
  return {
    key: 'login',
    hint: 'passwordHint',
    fields: [
      { name: 'phone_number', type: 'tel', autocomplete: 'username', value: '+998900000001' },
      { name: 'password', type: 'password', autocomplete: 'current-password' }
    ],
    main: { say: 'signIn', request: login },
    after({ body }, form) {
      me.access = body.access
      me.form = form
    },
    provoke: {
      wrongPassword: (send, form) => send(login({ ...form, password: 'not the password' })),
      unknownNumber: (send) => send(login({ phone_number: randomPhone(), password: 'a password' }))
    }
  }
}

function staffMeStep(me) {
  return meStep(me, async (send) => {
    const { body } = await send(login(me.form ?? {}))
    await send(logout(body.access))
    await send(get(ME, body.access))
  })
}
