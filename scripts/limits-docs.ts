import { guardPolicy } from '../src/config/guard-policy.ts'
import { loadConfig } from '../src/config/load.ts'

/** The settings as they are when nobody sets them. */
const config = loadConfig({
  DATABASE_URL: 'postgres://localhost/citizen_auth',
  REDIS_URL: 'redis://localhost',
  JWT_SECRET: 'not a secret: nothing is signed with it',
  OTP_SECRET: 'not a secret: nothing is hashed with it'
})
const { number, address, breaker, sms } = guardPolicy(config)
const {
  login,
  otp: { knownDays }
} = config
const { length: short, longLength: long, resendSeconds: resend } = config.otp
const codes = 10 ** short
const percent = (share: number) => `${Number((share * 100).toPrecision(2))} %`
const strangers = number.longPerDay - number.longKeptBack

/** `docs/limits.md`: what the guard allows and what that is worth to an attacker, worked out from its policy. */
export function limitsPage(): string {
  return `<!-- Made by \`npm run docs:settings\` from src/config/guard-policy.ts. -->
# Limits

What stops guessing, with the figures that hold when nothing is set. ${short} digits are ${codes} codes: each wrong guess wins with
1 in ${codes}, wherever it is spent. NIST SP 800-63B-4 (3.1.3.2) asks for six digits; the seed's app has ${short}, and this page is the
reason why that can be borne (OWASP ASVS 5.0, 6.1.1). \`OTP_LENGTH=6\` divides every chance at a short code by 100.

## One number

| what | how many | then |
|---|---|---|
| codes sent, for each of three who ask (below) | ${number.sendsPerHour} an hour, ${number.sendsPerDay} a day, ${resend} s apart | 429 \`OTP_SEND_LIMIT\`, \`OTP_COOLDOWN\` |
| guesses at one code | ${number.guessesPerCode} each by a known device, a known address, who asked for it, and all others | a new code |
| wrong guesses at ${short} digits in 24 hours | ${number.shortPerDay}, of which strangers get ${number.shortPerDay - number.shortKeptBack} | the next codes have ${long} digits |
| wrong guesses in a row, over any time | ${number.shortInRow}, of which strangers get ${number.shortInRow - number.shortKeptBack} | ${long} digits until the owner signs in |
| wrong guesses at ${long} digits in 24 hours | ${number.longPerDay} | 429 \`OTP_ATTEMPT_LIMIT\` |
| wrong guesses in 24 hours, of all | ${number.failuresWithoutWait} | a wait of ${number.waitSeconds} s, doubled by each more, at most ${number.waitMaxSeconds} s |
| wrong guesses in a row | ${number.hourlyInRow} | one guess an hour, but for known devices |

A success clears the guesses. Nothing of it is refilled by a new code. \`attempts_left\` is about the code: a wait, or what the
address has left, may come before it.

**Guessing makes codes longer; it locks nobody out who has signed in before.** Whoever calls is one of three, and none can spend
what the better known have for themselves: sends, a cooldown, tries at each code, and ${number.longPerDay} guesses at ${long} digits a day.

| who | is known by | for |
|---|---|---|
| a known device | the \`device_token\` that its last sign-in gave it, wherever it is | ${number.knownSeconds / 86_400} days |
| a known address | having signed in from there; seen also by those who share it with a citizen | ${number.knownSeconds / 86_400} days |
| a stranger | nothing | |

- A number knows the last ten devices and addresses, as keyed digests. A token that was made up, or belongs to another number, is
  no token.
- A known device waits neither for what strangers did at its number nor for what others did at its address or with its operator's
  prefix; strangers cannot replace its code while it lives. Only \`RATE_LIMIT_MAX\`, a flood from its address, and a service that
  has spent its whole day stop it. A known address waits for what was done at that address, but for no prefix.
- Devices are forgotten when the account is deleted, when all its sessions are ended, and when it moves to another number.
- Of a day's guesses ${number.shortKeptBack} at ${short} digits and ${number.longKeptBack} at ${long} are kept for the first guess of who asked for the code, which
  waits for nothing: other strangers can spend ${number.shortPerDay - number.shortKeptBack} and ${strangers}.
- Whoever asked for it, the SMS goes to its owner, who may use it.

**What it cannot do:** a first sign-in, from a device and an address that the number does not know, shares the number's ${number.sendsPerDay} sends with
strangers. Those who always ask first, day and night and from ever new addresses, can keep it waiting for as long as they go on: an
SMS budget that is bounded goes to whoever asks, and nothing in the seed's calls could tell the two apart. \`npm run attack\` measures it.

| an attacker of one number gets | at most |
|---|---|
| in a day, at ${short} digits | ${number.shortPerDay} guesses: ${percent(number.shortPerDay / codes)} |
| for ever, at ${short} digits, until the owner signs in | ${number.shortInRow} guesses: ${percent(number.shortInRow / codes)} |
| in a day, at ${long} digits | ${number.longPerDay} guesses: ${percent(number.longPerDay / 10 ** long)}; as many more from an address it has signed in from |

## One address

IPv4, or IPv6 /64; a /48 has the places of eight. What counts is *unfinished*: a code that was sent, or a wrong guess, until its
number signs in from that address. Then it is forgiven, and nothing of any other number's. Honest people finish where they began, so
a crowd leaves next to nothing here; guessers and pumpers do not finish. S is the count of distinct numbers that signed in from there
in the last 24 hours: an attacker's own SIM is one number, however often it signs in.

| what is unfinished | at most |
|---|---|
| wrong guesses of 24 hours | ${address.failuresPerDay} + ${address.failuresPerSignIn} × S |
| codes sent in the last hour | ${address.sendsPerHour} + ${address.sendsPerSignIn} × S |

Too many wrong guesses: strangers to a number get long codes from there. Too many of either: all but known devices wait, a minute where
people sign in (any of them may finish), else until the oldest leaves. Whoever asked for a code has one guess at it whatever others did
at the address; an address is sent ${address.sendsPerHour} codes an hour, so a collector of short ones gets as many guesses, once: after them its codes
are long. A neighbour who asks for ever new numbers and uses no code can take the places of an address for an hour; guesses where no
code waits count nowhere.

## The whole service

The only bound that does not grow with an attacker's numbers and addresses. Strict mode begins with more failed guesses than

- in 10 minutes: ${breaker.tenMinutes}, or ${breaker.tenMinutesFactor} times what ten minutes of this hour had on a mean day of the last seven,
- in 24 hours: ${breaker.day}, or ${breaker.dayPercent} % of a mean day of the last seven,

whichever is more. What is usual is at most ${breaker.usualPercent} failed guesses for 100 sign-ins of the same days: who fails a little more each day
raises it so far and no further, and a sign-in takes a phone that gets the SMS. Strict mode lasts ${breaker.strictSeconds} s at least, and until there are fewer than half as many in 10 minutes and 80 % in 24 hours.
It is for strangers to a number alone, and not where somebody signed in within 24 hours, unless the address has ${address.failuresPerDay} wrong guesses:
their new codes have ${long} digits, and one of ${short} that was sent before is worth nothing (or they would be collected first and
guessed at all at once), so they ask for a new one; and an address fails ${address.strictFailuresPerDay} + ${address.failuresPerSignIn} × S times. \`STRICT_MODE=on\` or \`off\` decides by hand.

10 000 numbers, ${1000} addresses, one day at 5 000 sign-ins of which one in ten fails: ${Math.round(500 * (breaker.dayPercent / 100 - 1))} guesses stay unseen, worth
${(500 * (breaker.dayPercent / 100 - 1)) / codes} accounts. At 500 000 sign-ins a day a hundred times as many do: so large a service needs \`OTP_LENGTH=6\`.

## SMS

| what | how many | then |
|---|---|---|
| codes of the service in 24 hours | ${sms.messagesPerDay}, and ${sms.partsPerDay} parts of ${config.sms.price} each (\`SMS_BUDGET_PER_DAY\`), the last ${sms.keptBackPercent} % for who is known | strangers 429 \`OTP_SEND_LIMIT\`, then all 503 \`SMS_UNAVAILABLE\`; both page somebody (errors \`sms_budget_low\`, \`sms_budget_spent\`) |
| codes to an operator's prefix in an hour | ${sms.prefixPerHour}, or ${sms.prefixFactor} times those used in a mean hour of the last seven days | strangers: 429 \`OTP_SEND_LIMIT\` (\`sms_prefix_waits\`, warning) |
| codes to a prefix, or for an address, of which fewer than ${sms.usedPercent} % are used, in an hour or in 24 | ${sms.unusedPerHour} in an hour | the same (\`sms_address_waits\`) |

The prefix is the number without its last seven digits. Only codes that are dead count as unused, and codes that are used keep the door open for as many. A send that no gateway took is
given back. Known devices and addresses do not wait for a prefix, so that who pumps it does not shut them out; first sign-ins
with that operator wait while it is pumped. These counts are in one slot of a Redis Cluster: some 10 000 sends a second. The notice to a number that was given up is not counted: it takes a code that was.

## Staff passwords

| what | how many | then |
|---|---|---|
| wrong passwords for a number from one address | a wait of ${login.waitSeconds} s, doubled by each more in a row, at most ${login.waitMaxSeconds} s | 429 \`LOGIN_LIMIT\` |
| wrong passwords for a number from all addresses where it has not signed in for ${knownDays} days | ${login.maxFailuresPerDay} in 24 hours | those addresses: 429 \`LOGIN_LIMIT\` |
| wrong passwords from an address, for whichever numbers | ${login.maxFailuresPerAddress} in an hour | 429 \`LOGIN_LIMIT\` |

The wait belongs to the number *and* the address, so nobody keeps a clerk out of the office: where a number has signed in, only what
was got wrong there counts. A right password forgives what its own address got wrong for the number, and nobody else's. After
${login.maxFailuresPerDay} wrong passwords from elsewhere a clerk who works from a new place waits until the first of them is a day old.
Codes and passwords do not share counters.

## When Redis restarts

The counters are in Redis, not in the process. While it is away nobody signs in (503 within a second): the guard never opens.
When it is back the service heals by itself. A Redis that has lost its memory gives, at each restart and once more:

| what | how many |
|---|---|
| one number | ${number.shortPerDay} guesses at ${short} digits and ${number.longPerDay} at ${long} in 24 hours, worth ${percent(number.shortPerDay / codes + number.longPerDay / 10 ** long)}; ${number.shortInRow} in a row; ${number.sendsPerHour} codes an hour |
| one address | ${address.failuresPerDay} wrong guesses, ${address.sendsPerHour} codes: S is 0 until numbers sign in there again |
| the whole service | strict mode ends; ${breaker.tenMinutes} failed guesses in 10 minutes and ${breaker.day} in 24 hours stay unseen, worth ${breaker.day / codes} accounts; what is usual is unknown for a week |
| a device or an address that had signed in | a stranger's budgets, until it signs in again |
| staff passwords | the waits begin anew |
| SMS | the day's messages and money |

Codes on their way are worth nothing after it, so there is nothing to guess at until new ones are sent. Who can make Redis
restart each hour gets ${24 * number.shortPerDay} guesses a day at one number, ${percent((24 * number.shortPerDay) / codes)}: keep it out of reach, and \`appendonly yes\` with \`appendfsync always\`,
with which a killed Redis forgets nothing of the above (\`everysec\`: the last second), and \`maxmemory-policy noeviction\`: what may be evicted can be evicted by an attacker.
`
}
