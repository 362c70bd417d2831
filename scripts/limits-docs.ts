import { loadConfig } from '../src/config/load.ts'

/** The settings with all their defaults. */
const { otp, address, strict, sms, login } = loadConfig({
  DATABASE_URL: 'postgres://localhost/citizen_auth',
  REDIS_URL: 'redis://localhost',
  JWT_SECRET: 'not a secret: nothing is signed with it',
  OTP_SECRET: 'not a secret: nothing is hashed with it'
})
const { length: short, longLength: long } = otp
const codes = 10 ** short
const percent = (share: number) => `${Number((share * 100).toPrecision(2))} %`
/** The example that the page works out: sign-ins a day, and the addresses of an attacker. */
const SIGN_INS = 5_000
const ADDRESSES = 1_000
const hidden = strict.failuresPerDay + (strict.failuresPercent / 100) * SIGN_INS

/** `docs/limits.md`: what the guard allows and what that is worth to an attacker, computed from the settings. */
export function limitsPage(): string {
  return `<!-- Made by \`npm run docs:settings\` from src/config/settings.ts. -->
# Limits

These figures hold for the default settings. ${short} digits are ${codes} codes: a wrong guess wins with a chance of 1 in ${codes}, wherever
it is made. NIST SP 800-63B-4 (3.1.3.2) asks for six digits, and the customer's app has ${short}; this page explains why that is acceptable
(OWASP ASVS 5.0, 6.1.1). \`OTP_LENGTH=6\` divides every chance at a short code by 100.

## Who asks

| standing | how the number knows the caller |
|---|---|
| device | it sends the \`device_token\` from its last sign-in (${otp.knownDays} days) |
| known | this number signed in from this source (${otp.knownDays} days); a source is an IPv4 address or an IPv6 /64 |
| familiar | somebody signed in from this source (24 hours) |
| stranger | not at all |

At each number, every standing has its own sends, cooldown and guesses at ${long} digits; a lower standing cannot use up those of a higher
one. A source's limits are shared by everybody there except devices. Only three things stop a device: a flood from its source
(\`RATE_LIMIT_MAX\`), a service that has spent its SMS budget, and, for a short code, the number's ${otp.maxFailuresPerDay} guesses, after which the next code is
long. A number remembers its last ten devices and sources, counted together. It forgets them when the user ends all sessions in the app,
when the account moves to another number and when it is deleted.

## What counts

*Unfinished business.* A code that was sent, or a wrong guess, counts when it happens, and is forgiven when that number signs in from
that source. Honest people finish where they began, so a crowd of any size leaves almost nothing. A guess when no code is outstanding
is not counted anywhere. Longer codes come before waiting, and waiting before refusal: a limit makes the next code long, then makes
people wait. The first guess of the caller who asked for the code (same source or device) is judged no matter what others did.

## One number

| what | how many | then |
|---|---|---|
| codes sent, for each standing | ${otp.sendsPerHour} an hour, ${otp.sendsPerDay} a day, ${otp.resendSeconds} s apart | 429 \`OTP_COOLDOWN\`, \`OTP_SEND_LIMIT\` |
| guesses at one code | ${otp.maxAttempts}, and the asker's first | a new code |
| wrong guesses at ${short} digits in 24 hours | ${otp.maxFailuresPerDay}, the last reserved for the asker's first guess | the next codes have ${long} digits |
| wrong guesses in a row, over any time | ${otp.maxFailuresInRow}, likewise | ${long} digits until the owner signs in |
| wrong guesses at ${long} digits in 24 hours, for each standing | ${otp.longFailuresPerDay}, of which ${otp.sendsPerDay} for askers' first guesses | 429 \`OTP_ATTEMPT_LIMIT\` |
| wrong guesses in a row | ${otp.hourlyAfterFailures} | one an hour, except for devices and askers' first guesses |

A sign-in clears the guesses; a new code does not. While a device's code lives, nobody else's request replaces it.

An attacker of one number gets ${otp.maxFailuresPerDay} guesses a day at ${short} digits (${percent(otp.maxFailuresPerDay / codes)}), ${otp.maxFailuresInRow} for ever until its owner signs in (${percent(otp.maxFailuresInRow / codes)}), and
${otp.longFailuresPerDay} a day at ${long} digits (${percent(otp.longFailuresPerDay / 10 ** long)}), plus as many again from a source where a SIM of the attacker's own signed in.
With \`OTP_LONG_LENGTH=${short}\`, for an app with ${short} boxes, waiting replaces longer codes: after the ${otp.maxFailuresPerDay}, only askers' first guesses are
judged, ${otp.sendsPerDay} a day for each standing, so ${otp.maxFailuresPerDay + otp.sendsPerDay} a day (${percent((otp.maxFailuresPerDay + otp.sendsPerDay) / codes)}). Where people whom the number does not know would get
${long} digits, they get no code until the restriction is over.

**Not bounded:** a first sign-in from a source where nobody has signed in shares the number's ${otp.sendsPerDay} sends with all strangers. An
attacker who always asks first, around the clock and from ever new sources, can keep it waiting. Nothing in the calls tells the two apart.

## One source

S is how many numbers signed in from the source in 24 hours. An IPv6 /48 has the limits of eight /64s.

| what is unfinished | at most | then |
|---|---|---|
| wrong guesses in 24 hours | ${address.failuresPerDay} + 2 × S | familiar callers and strangers get ${long} digits; over twice as many, everybody except devices waits |
| codes sent in an hour | ${address.sendsPerHour} + S / 2 | everybody except devices waits |

The wait is a minute where people sign in (any of them may finish), otherwise until the oldest entry expires. ${address.failuresPerDay} wrong guesses amount to
three of a neighbour's numbers failing all day: others at the source notice nothing. Each live code gives its asker one extra guess, so
an attacker who collects codes gets ${address.sendsPerHour} + S / 2 an hour, and the service's limit counts them.

## The whole service

| unfinished wrong guesses at ${short} digits, by everybody except devices | at most |
|---|---|
| in 24 hours | ${strict.failuresPerDay} + ${strict.failuresPercent} % of the sign-ins in that time |
| in ten minutes | ${strict.failuresPerTenMinutes} + ${strict.failuresPercent} % of the sign-ins in that time |

Above either limit the service is **strict** until only half are left (error \`strict_mode_entered\`: page somebody). Strict mode applies to
strangers, and to familiar callers at a source with ${strict.addressFailuresPerDay} unfinished wrong guesses, or S / 10. Their new codes have ${long} digits, and a ${short}-digit code
already on its way is void (otherwise codes could be collected and all guessed at once); above twice as many guesses, they wait. Devices
and known callers notice nothing. Guesses being judged at the moment share what is left of the day; one more waits a second.

${codes} numbers, ${ADDRESSES} addresses, one day at ${SIGN_INS} sign-ins: ${hidden} guesses at ${short} digits and ${2 * strict.addressFailuresPerDay * ADDRESSES} at ${long}, worth
${(hidden / codes + (2 * strict.addressFailuresPerDay * ADDRESSES) / 10 ** long).toPrecision(2)} accounts. A SIM of the attacker's own makes a source familiar, which gives that source
${strict.addressFailuresPerDay} more guesses. With ten SIM cards at 100 addresses that is ${hidden} + 100 × ${strict.addressFailuresPerDay}, ${(hidden + 100 * strict.addressFailuresPerDay) / codes} accounts; one SIM can make 20 to 30 sources familiar in
a day. At 500 000 sign-ins a day a hundred times as many guesses stay below the limits: a service that large needs \`OTP_LENGTH=6\`. The
limits of a source and of the service are set for four digits: each further digit makes ten times as many guesses worth the same, and
allows that many (except for the part that grows with S).

Sums over long periods are decaying counters (a value and its time; entries fade with a mean life of that period). A steady rate reads
as what it is; after a quiet period, up to twice the limit fits into the first day, or hour.

## SMS

| what | how many | then |
|---|---|---|
| codes of the service (decaying counters) | ${sms.perHour} an hour, ${sms.perDay} a day | everybody gets 503 \`SMS_UNAVAILABLE\` (error \`sms_budget_spent\`) |
| of them unfinished, exactly | a third: ${Math.ceil(sms.perHour / 3)} in an hour, ${Math.ceil(sms.perDay / 3)} in 24 | strangers get 429 \`OTP_SEND_LIMIT\` (error \`sms_budget_low\`), or a captcha (\`CAPTCHA_VERIFY_URL\`) |

No operator's prefix is refused. A send that every gateway refused is given back, and the previous code is valid again. A gateway that
does not answer in time may have sent the message: it counts, its code works, and the reply is 200 (warning \`sms_unknown\`).

## Staff passwords

| wrong passwords | how many | then 429 \`LOGIN_LIMIT\` |
|---|---|---|
| for a number from one source | a wait of ${login.waitSeconds} s, doubled by each further one in a row, at most ${login.waitMaxSeconds} s | that source |
| for a number from all sources where it has not signed in for ${otp.knownDays} days | ${login.maxFailuresPerDay} in 24 hours | those sources |
| from a source, for any numbers | ${login.maxFailuresPerAddress} in an hour | that source |

The wait belongs to the number *and* the source, so nobody elsewhere can lock out a clerk at the office.

## When Redis restarts

While Redis is down nobody signs in (503 within a second): the guard never fails open. A Redis that lost its memory starts from zero. Each
time, one number gives ${otp.maxFailuresPerDay} guesses (${percent(otp.maxFailuresPerDay / codes)}), the service ${strict.failuresPerDay} (${strict.failuresPerDay / codes} accounts), everybody is a stranger until the next sign-in, and
outstanding codes are worthless. An attacker who can restart it every hour gets ${24 * otp.maxFailuresPerDay} guesses a day at one number: keep Redis out of reach,
with \`appendonly yes\`, \`appendfsync always\` and \`maxmemory-policy noeviction\` (what may be evicted can be evicted by an attacker).

## When Redis fails over

Replication is asynchronous: a failover can lose the old primary's last writes. A code used at that moment works a second time, and guesses
made then are not counted: with the primary cut off from both replicas, 20 of 20 used codes worked again (\`npm run test:ha\`). With
\`REDIS_WAIT_REPLICAS=n\`, no code opens anything and no guess at a code or a password is judged before n replicas have the write;
otherwise the call is a 503 and the code still works. Then 0 of 20 worked twice, at a cost of 2 to 3 % of the sign-ins a second with a
replica on the same machine (\`npm run bench:wait\`), and of a round trip elsewhere. A send, or what is forgiven, may still be lost: that
costs an SMS. With fewer than n replicas nobody signs in, so set n below the number of replicas; a replica that did not confirm can be
promoted only when those that did are gone.
`
}
