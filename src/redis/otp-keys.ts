// In the order of src/lua/standing.lua.
const STANDINGS = ['device:', 'address:', '']

/** The names of a number's keys in Redis. The braces keep them in one slot of a Redis Cluster. */
export function otpKeys(phone: string, purpose: string) {
  const key = (name: string) => `otp:{${phone}}:${name}`
  return {
    // Its budgets are one for all purposes.
    code: key(`code:${purpose}`),
    previous: key(`previous:${purpose}`),
    spent: key(`spent:${purpose}`),
    /** Failures at short codes, and in a row at all. */
    short: key('failures'),
    row: key('failures:row'),
    /** Devices and addresses that have signed in. */
    known: key('known'),
    /** Cooldowns and sends, and failures at long codes: of known devices, known addresses and strangers. */
    sends: STANDINGS.flatMap((who) => [key(`${who}cooldown`), key(`${who}sends`)]),
    long: STANDINGS.map((who) => key(`${who}failures:long`))
  }
}
