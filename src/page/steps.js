// What each step sends, and the errors that can be provoked there. `send` shows a request with its reply in the step.

const get = (path, token) => ({ method: 'GET', path, token })
const post = (path, body, token) => ({ method: 'POST', path, body, token })
const remove = (path, token) => ({ method: 'DELETE', path, token })

const ME = '/api/users/me/'
const LANDLINE = '+998 71 200-00-00'
const OPERATORS = [33, 88, 90, 91, 93, 94, 95, 97, 98, 99]

/** A mobile number that is probably nobody's. */
export function randomPhone() {
  const [operator, rest] = crypto.getRandomValues(new Uint32Array(2))
  return `+998${OPERATORS[operator % OPERATORS.length]}${String(rest % 10 ** 7).padStart(7, '0')}`
}

/** Not this code, and not the one that opens every account here. */
function wrongCode(code) {
  const next = (Number(code) + 1) % 10 ** code.length
  return String(next === 1111 ? 1112 : next).padStart(code.length, '0')
}

/** What the citizen of this tab has: `newestCode(phone)` is what the phone on the left was sent. */
export function citizenPath(me, newestCode) {
  const device = () => (me.device ? { device_token: me.device } : {})
  const askForCode = ({ phone_number }) => post('/api/auth/send-otp/', { phone_number, ...device() })
  const bringCode = (code) => post('/api/auth/verify-otp/', { phone_number: me.phone, code, ...device() })
  const askNew = (phone_number) => post('/api/users/phone/', { phone_number }, me.access)
  const bringNew = (code) => post('/api/users/phone/verify/', { phone_number: me.newPhone, code }, me.access)
  const renew = (refresh) => post('/api/auth/refresh/', { refresh })
  /** The same citizen on a device that the number does not know. */
  const elsewhere = async (send) =>
    (await send(post('/api/auth/verify-otp/', { phone_number: me.phone, code: '1111' }))).body

  function signedIn({ body }) {
    me.access = body.access
    me.refresh = body.refresh
    me.device = body.device_token ?? me.device
  }
  async function guessWrongly(send, bring, phone, times) {
    const code = newestCode(phone) ?? '0000'
    for (let guess = 1; guess <= times; guess++) {
      const { ok, body } = await send(bring(wrongCode(code)))
      if (ok || body.attempts_left === 0 || body.retry_after) return
    }
  }

  return [
    {
      key: 'number',
      fields: [
        { name: 'phone_number', type: 'tel', autocomplete: 'tel', value: me.phone, another: randomPhone }
      ],
      main: { say: 'sendCode', request: askForCode },
      after({ body }) {
        me.phone = body.phone_number
      },
      provoke: {
        async askAgain(send, form) {
          if ((await send(askForCode(form))).ok) await send(askForCode(form))
        },
        landline: (send) => send(askForCode({ phone_number: LANDLINE }))
      }
    },
    {
      key: 'code',
      fields: [
        {
          name: 'code',
          say: 'codeField',
          inputmode: 'numeric',
          autocomplete: 'one-time-code',
          codeFor: () => me.phone
        }
      ],
      main: { say: 'signIn', request: ({ code }) => bringCode(code) },
      after: signedIn,
      others: { debugCode: { run: (send) => send(bringCode('1111')), after: signedIn, isDone: true } },
      provoke: {
        wrongCode: (send) => guessWrongly(send, bringCode, me.phone, 1),
        fiveWrong: (send) => guessWrongly(send, bringCode, me.phone, 5)
      }
    },
    {
      key: 'form',
      fields: [
        { name: 'full_name', autocomplete: 'name', value: 'Dilnoza Karimova' },
        { name: 'neighborhood', value: 'Chilonzor' },
        { name: 'location', value: '41.2995,69.2401' }
      ],
      main: {
        say: 'save',
        request: (form) => ({ method: 'PATCH', path: '/api/users/profile/', body: form, token: me.access })
      },
      provoke: {
        emptyName: (send) =>
          send({ method: 'PATCH', path: '/api/users/profile/', body: { full_name: ' ' }, token: me.access })
      }
    },
    {
      key: 'me',
      main: { say: 'ask', request: () => get(ME, me.access) },
      provoke: {
        expiredToken: (send) => withExpiredToken(send, me.access),
        async endedSession(send) {
          const other = await elsewhere(send)
          await send(post('/api/auth/logout/', { refresh: other.refresh }))
          await send(get(ME, other.access))
        },
        noToken: (send) => send(get(ME))
      }
    },
    {
      key: 'sessions',
      main: { say: 'list', request: () => get('/api/auth/sessions/', me.access) },
      others: {
        refresh: { run: (send) => send(renew(me.refresh)), after: signedIn },
        endOther: {
          async run(send) {
            await elsewhere(send)
            const { body } = await send(get('/api/auth/sessions/', me.access))
            const other = body.find?.(({ current }) => !current)
            return send(remove(`/api/auth/sessions/${other?.id}/`, me.access))
          }
        },
        signOut: { run: (send) => send(post('/api/auth/logout/', { refresh: me.refresh })) }
      },
      provoke: {
        async stolenToken(send) {
          const { refresh } = await elsewhere(send)
          const { body } = await send(renew(refresh))
          await send(renew(body.refresh))
          await send(renew(refresh))
        }
      }
    },
    {
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
      main: { say: 'sendCode', request: ({ phone_number }) => askNew(phone_number) },
      after({ body }) {
        me.newPhone = body.phone_number
      },
      provoke: { ownNumber: (send) => send(askNew(me.phone)) }
    },
    {
      key: 'newCode',
      fields: [
        {
          name: 'code',
          say: 'codeField',
          inputmode: 'numeric',
          autocomplete: 'one-time-code',
          codeFor: () => me.newPhone
        }
      ],
      main: { say: 'change', request: ({ code }) => bringNew(code) },
      after({ body }) {
        me.phone = body.phone_number
      },
      provoke: { wrongCode: (send) => guessWrongly(send, bringNew, me.newPhone, 1) }
    },
    {
      key: 'delete',
      hint: 'deleteHint',
      main: { say: 'delete', request: () => remove(ME, me.access), isGrave: true },
      provoke: { afterwards: (send) => send(get(ME, me.access)) }
    }
  ]
}

export function staffPath(me) {
  const login = ({ phone_number, password }) => post('/api/auth/staff-login/', { phone_number, password })
  return [
    {
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
    },
    {
      key: 'me',
      main: { say: 'ask', request: () => get(ME, me.access) },
      provoke: {
        expiredToken: (send) => withExpiredToken(send, me.access),
        async endedSession(send) {
          const { body } = await send(login(me.form ?? {}))
          await send(post('/api/auth/logout/', undefined, body.access))
          await send(get(ME, body.access))
        },
        noToken: (send) => send(get(ME))
      }
    },
    { key: 'sessions', main: { say: 'list', request: () => get('/api/auth/sessions/', me.access) } },
    {
      key: 'signOut',
      main: { say: 'signOut', request: () => post('/api/auth/logout/', undefined, me.access) },
      provoke: { afterwards: (send) => send(get(ME, me.access)) }
    }
  ]
}

/** Nobody has the time to wait for one: the service makes it of ours, with DEBUG alone. */
async function withExpiredToken(send, token) {
  const { body } = await send(post('/dev/expired-token', undefined, token))
  await send(get(ME, body.access))
}
