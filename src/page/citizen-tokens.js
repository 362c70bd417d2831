import { post } from './requests.js'

/** Lets the service recognize a browser that has signed in before. */
export const deviceOf = (me) => (me.device ? { device_token: me.device } : {})

/** Keeps a reply's tokens: the `after` of steps that yield some. */
export const keepTokens =
  (me) =>
  ({ body }) => {
    me.access = body.access
    me.refresh = body.refresh
    me.device = body.device_token ?? me.device
  }

/** Signs the same citizen in on a device that the number does not know; returns its tokens. */
export async function signInElsewhere(send, me) {
  const { body } = await send(post('/api/auth/verify-otp/', { phone_number: me.phone, code: '1111' }))
  return body
}
