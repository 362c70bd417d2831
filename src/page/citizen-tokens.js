import { post } from './requests.js'

/** So that the service knows this browser again, where it has been before. */
export const deviceOf = (me) => (me.device ? { device_token: me.device } : {})

/** Keeps the tokens of a reply: `after` of the steps that give some. */
export const keepTokens =
  (me) =>
  ({ body }) => {
    me.access = body.access
    me.refresh = body.refresh
    me.device = body.device_token ?? me.device
  }

/** Signs the same citizen in on a device that the number does not know; gives its tokens. */
export async function signInElsewhere(send, me) {
  const { body } = await send(post('/api/auth/verify-otp/', { phone_number: me.phone, code: '1111' }))
  return body
}
