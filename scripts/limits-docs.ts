import { loadConfig } from '../src/config.ts'
import { guardPolicy } from '../src/guard-policy.ts'

/** The settings as they are when nobody sets them. */
const config = loadConfig({
  DATABASE_URL: 'postgres://localhost/citizen_auth',
  REDIS_URL: 'redis://localhost',
  JWT_SECRET: 'not a secret: nothing is signed with it',
  OTP_SECRET: 'not a secret: nothing is hashed with it'
})
const { number, address, breaker, strict } = guardPolicy(config)
const { OTP_LENGTH: short, OTP_LONG_LENGTH: long, OTP_RESEND_SECONDS: resend } = config
const codes = 10 ** short
const percent = (share: number) => `${Number((share * 100).toPrecision(2))} %`
const strangers = number.longPerDay - number.longKeptBack

/** `docs/limits.md`: what the guard allows and what that is worth to an attacker, worked out from its policy. */
export function limitsPage(): string {
  return `<!-- Made by \`npm run docs:settings\` from src/guard-policy.ts. -->
# Limits

What stops guessing, with the figures that hold when nothing is set. ${short} digits are ${codes} codes: each wrong guess wins with
1 in ${codes}, wherever it is spent. NIST SP 800-63B-4 (3.1.3.2) asks for six digits; the seed's app has ${short}, and this page is the
reason why that can be borne (OWASP ASVS 5.0, 6.1.1). \`OTP_LENGTH=6\` divides every figure below by 100.

## One number

| what | how many | then |
|---|---|---|
| codes sent | ${number.sendsPerHour} an hour, ${number.sendsPerDay} a day, ${resend} s apart | 429 \`OTP_SEND_LIMIT\`, \`OTP_COOLDOWN\` |
| guesses at one code | ${number.guessesPerCode} by who asked for it, ${number.guessesPerCode} by all others together | a new code |
| wrong guesses at ${short} digits in 24 hours | ${number.shortPerDay} | the next codes have ${long} digits |
| wrong guesses in a row, over any time | ${number.shortInRow} | ${long} digits until the owner signs in |
| wrong guesses at ${long} digits in 24 hours | ${number.longPerDay} | 429 \`OTP_ATTEMPT_LIMIT\` |
| wrong guesses in 24 hours, of all | ${number.failuresWithoutWait} | a wait of ${number.waitSeconds} s, doubled by each more, at most ${number.waitMaxSeconds} s |
| wrong guesses in a row | ${number.hourlyInRow} | one guess an hour |

A success clears all of it. Nothing of it is refilled by a new code.

**Guessing makes codes longer; it locks nobody out who signs in from a known address.** Of each day's guesses ${number.shortKeptBack} at ${short} digits and ${number.longKeptBack} at ${long} are kept for
the first guess at a code from the address that asked for it, which waits for nothing: strangers can spend ${number.shortPerDay - number.shortKeptBack} and ${strangers}.
An address from which the number has signed in in the last 30 days has sends, a cooldown and ${number.longPerDay} guesses at ${long} digits of its own.
A first sign-in, or one from a new address, shares its sends with everybody: strangers who always ask first can keep it waiting
for as long as they go on. The seed's calls carry nothing that could tell the two apart.

| an attacker of one number gets | at most |
|---|---|
| in a day, at ${short} digits | ${number.shortPerDay} guesses: ${percent(number.shortPerDay / codes)} |
| for ever, at ${short} digits, until the owner signs in | ${number.shortInRow} guesses: ${percent(number.shortInRow / codes)} |
| in a day, at ${long} digits | ${number.longPerDay} guesses: ${percent(number.longPerDay / 10 ** long)} |

## One address

IPv4, or IPv6 /64. S is the count of distinct numbers that signed in from there in the last 24 hours, for a carrier hides
thousands of citizens behind one address and an attacker's own SIM is one number, however often it signs in.

| what | how many |
|---|---|
| wrong guesses in 24 hours | ${address.failuresPerDay} + ${address.failuresPerSignIn} × S |
| codes sent in an hour | ${address.sendsPerHour} + S |
| numbers tried in an hour | ${address.numbersPerHour} + S |

## The whole service

The only bound that does not grow with an attacker's numbers and addresses. Strict mode begins with more failed guesses than

- in 10 minutes: ${breaker.tenMinutes}, or ${breaker.tenMinutesFactor} times what this hour of the day had in the last seven days,
- in 24 hours: ${breaker.day}, or ${breaker.dayPercent} % of a mean day of the last seven,

whichever is more, and lasts ${breaker.strictSeconds} s at least, and until there are fewer than half as many in 10 minutes and 80 % in 24 hours.
In it every new code has ${long} digits and ${strict.number.guessesPerCode} guesses, a code of ${short} that was sent before is worth nothing
(or they would be collected first and guessed at all at once), and an address fails ${strict.address.failuresPerDay} + ${address.failuresPerSignIn} × S times. \`STRICT_MODE=on\` or \`off\` decides by hand.

10 000 numbers, ${1000} addresses, one day at 5 000 sign-ins of which one in ten fails: ${Math.round(500 * (breaker.dayPercent / 100 - 1))} guesses stay unseen, worth
${(500 * (breaker.dayPercent / 100 - 1)) / codes} accounts. At 500 000 sign-ins a day a hundred times as many do: so large a service needs \`OTP_LENGTH=6\`.

## When Redis restarts

The counters are in Redis, not in the process. While it is away nobody signs in (503 within a second): the guard never opens.
When it is back the service heals by itself. A Redis that has lost its memory gives, at each restart and once more:

| what | how many |
|---|---|
| one number | ${number.shortPerDay} guesses at ${short} digits and ${number.longPerDay} at ${long} in 24 hours, worth ${percent(number.shortPerDay / codes + number.longPerDay / 10 ** long)}; ${number.shortInRow} in a row; ${number.sendsPerHour} codes an hour |
| one address | ${address.failuresPerDay} wrong guesses, ${address.sendsPerHour} codes, ${address.numbersPerHour} numbers: S is 0 until numbers sign in there again |
| the whole service | strict mode ends; ${breaker.tenMinutes} failed guesses in 10 minutes and ${breaker.day} in 24 hours stay unseen, worth ${breaker.day / codes} accounts; what is usual is unknown for a week |
| a device or an address that had signed in | a stranger's budgets, until it signs in again |
| staff passwords | the waits begin anew |
| SMS | the day's messages and money |

Codes on their way are worth nothing after it, so there is nothing to guess at until new ones are sent. Who can make Redis
restart each hour gets ${24 * number.shortPerDay} guesses a day at one number, ${percent((24 * number.shortPerDay) / codes)}: keep it out of reach, and \`appendonly yes\` with \`appendfsync always\`,
with which a killed Redis forgets nothing of the above (\`everysec\`: the last second), and \`maxmemory-policy noeviction\`: what may be evicted can be evicted by an attacker.
`
}
