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

The figures hold when nothing is set. ${short} digits are ${codes} codes: a wrong guess wins with 1 in ${codes}, wherever it is spent.
NIST SP 800-63B-4 (3.1.3.2) asks for six digits, the customer's app has ${short}; this page is why that can be borne (OWASP ASVS 5.0,
6.1.1). \`OTP_LENGTH=6\` divides every chance at a short code by 100.

## Who asks

| standing | how the number knows the caller |
|---|---|
| device | it sends the \`device_token\` that its last sign-in gave it (${otp.knownDays} days) |
| known | this number signed in from this source (${otp.knownDays} days); a source is an IPv4 address or an IPv6 /64 |
| familiar | somebody signed in from this source (24 hours) |
| stranger | in no way |

Each standing has sends, a cooldown and guesses at ${long} digits of its own at the number: none can spend there what a better one
has. What a source has is shared by all at it but devices. A device is stopped only by a flood from its source (\`RATE_LIMIT_MAX\`), by a
service that has spent its SMS, and at a short code by the number's ${otp.maxFailuresPerDay}: the next one is long. A number knows the last ten devices and sources; they are forgotten when all its sessions end, when it
moves and when its account is deleted.

## What counts

*Unfinished business.* A code that was sent, or a wrong guess, counts when it is made, and is forgiven when that number signs in from
that source. Honest people finish where they began, so a crowd of any size leaves next to nothing. A guess where no code waits
counts nowhere. Longer comes before later, and later before never: a limit makes the next code long, then makes people wait. The
first guess of whoever asked for a code (same source or device) is judged whatever others did.

## One number

| what | how many | then |
|---|---|---|
| codes sent, for each standing | ${otp.sendsPerHour} an hour, ${otp.sendsPerDay} a day, ${otp.resendSeconds} s apart | 429 \`OTP_COOLDOWN\`, \`OTP_SEND_LIMIT\` |
| guesses at one code | ${otp.maxAttempts}, and the asker's first | a new code |
| wrong guesses at ${short} digits in 24 hours | ${otp.maxFailuresPerDay}, the last for the asker's first guess | the next codes have ${long} digits |
| wrong guesses in a row, over any time | ${otp.maxFailuresInRow}, likewise | ${long} digits until the owner signs in |
| wrong guesses at ${long} digits in 24 hours, for each standing | ${otp.longFailuresPerDay}, of which ${otp.sendsPerDay} for askers' first guesses | 429 \`OTP_ATTEMPT_LIMIT\` |
| wrong guesses in a row | ${otp.hourlyAfterFailures} | one an hour, but for devices and askers' first guesses |

A sign-in clears the guesses; a new code does not. A device's code is not replaced by others while it lives.

An attacker of one number gets ${otp.maxFailuresPerDay} guesses a day at ${short} digits (${percent(otp.maxFailuresPerDay / codes)}), ${otp.maxFailuresInRow} for ever until its owner signs in (${percent(otp.maxFailuresInRow / codes)}), and
${otp.longFailuresPerDay} a day at ${long} digits (${percent(otp.longFailuresPerDay / 10 ** long)}), as many more from a source where a SIM of the attacker's own signed in.
With \`OTP_LONG_LENGTH=${short}\`, for an app with ${short} boxes, waiting takes the place of longer codes: after the ${otp.maxFailuresPerDay} only askers'
first guesses are judged, ${otp.sendsPerDay} a day for each standing, so ${otp.maxFailuresPerDay + otp.sendsPerDay} a day (${percent((otp.maxFailuresPerDay + otp.sendsPerDay) / codes)}); where ${long} digits would be asked of people whom the
number does not know, they get no code until it is over.

**Not bounded:** a first sign-in from a source where nobody has signed in shares the number's ${otp.sendsPerDay} sends with all strangers. Those who
always ask first, day and night and from ever new sources, can keep it waiting. Nothing in the calls tells the two apart.

## One source

S is the count of numbers that signed in from there in 24 hours. An IPv6 /48 has the places of eight /64s.

| what is unfinished | at most | then |
|---|---|---|
| wrong guesses of 24 hours | ${address.failuresPerDay} + 2 × S | familiar callers and strangers get ${long} digits; over twice as many, all but devices wait |
| codes sent in an hour | ${address.sendsPerHour} + S / 2 | all but devices wait |

The wait is a minute where people sign in (any of them may finish), else until the oldest leaves. ${address.failuresPerDay} are three numbers of a neighbour
that fail all day: the others there notice nothing. Each live code gives its asker one guess more, so a collector gets
${address.sendsPerHour} + S / 2 an hour, and the service's limit counts them.

## The whole service

| unfinished wrong guesses at ${short} digits, of all but devices | at most |
|---|---|
| in 24 hours | ${strict.failuresPerDay} + ${strict.failuresPercent} % of the sign-ins of that time |
| in ten minutes | ${strict.failuresPerTenMinutes} + ${strict.failuresPercent} % of the sign-ins of that time |

Over either, the service is **strict** until half are left (error \`strict_mode_entered\`: page somebody). Strict mode is for strangers, and for
familiar callers at a source with ${strict.addressFailuresPerDay} unfinished wrong guesses, or S / 10: their new codes have ${long} digits, one of ${short} that is on its
way is void (or codes would be collected and guessed at all at once), and over twice as many guesses they wait. Devices and known
callers notice nothing. Guesses that are being judged at this moment share what the day has left; one more waits a second.

${codes} numbers, ${ADDRESSES} addresses, one day at ${SIGN_INS} sign-ins: ${hidden} guesses at ${short} digits and ${2 * strict.addressFailuresPerDay * ADDRESSES} at ${long}, worth
${(hidden / codes + (2 * strict.addressFailuresPerDay * ADDRESSES) / 10 ** long).toPrecision(2)} accounts. An attacker's own SIM makes a source familiar: each such source has
${strict.addressFailuresPerDay} guesses more. With ten SIM cards at 100 addresses that is ${hidden} + 100 × ${strict.addressFailuresPerDay}, ${(hidden + 100 * strict.addressFailuresPerDay) / codes} accounts; a SIM can make 20 to 30 sources familiar in a day. At 500 000 sign-ins a day a
hundred times as many stay hidden: so large a service needs \`OTP_LENGTH=6\`. The limits of a source and of the service are for
four digits: with each digit more ten times as many guesses are worth the same, and are allowed (but for S).

Sums over long times are decaying counters (value and moment; what is counted fades with a mean life of that time). A steady rate
reads as what it is; after a quiet time up to twice the limit fits into the first day, or hour.

## SMS

| what | how many | then |
|---|---|---|
| codes of the service (decaying counters) | ${sms.perHour} an hour, ${sms.perDay} a day | all 503 \`SMS_UNAVAILABLE\` (error \`sms_budget_spent\`) |
| of them unfinished, exactly | a third: ${Math.ceil(sms.perHour / 3)} in an hour, ${Math.ceil(sms.perDay / 3)} in 24 | strangers 429 \`OTP_SEND_LIMIT\` (error \`sms_budget_low\`), or a captcha (\`CAPTCHA_VERIFY_URL\`) |

No operator's prefix is refused. A send that a gateway refused is given back, and the code before it is valid again. A gateway that
does not answer in time may have sent it: it counts, its code works, the reply is 200 (warning \`sms_unknown\`).

## Staff passwords

| wrong passwords | how many | then 429 \`LOGIN_LIMIT\` |
|---|---|---|
| for a number from one source | a wait of ${login.waitSeconds} s, doubled by each more in a row, at most ${login.waitMaxSeconds} s | that source |
| for a number from all sources where it has not signed in for ${otp.knownDays} days | ${login.maxFailuresPerDay} in 24 hours | those sources |
| from a source, for whichever numbers | ${login.maxFailuresPerAddress} in an hour | that source |

The wait belongs to the number *and* the source, so nobody elsewhere keeps a clerk out of the office.

## When Redis restarts

While Redis is away nobody signs in (503 within a second): the guard never opens. A Redis that lost its memory begins anew: each time, one
number gives ${otp.maxFailuresPerDay} guesses (${percent(otp.maxFailuresPerDay / codes)}), the service ${strict.failuresPerDay} (${strict.failuresPerDay / codes} accounts), everybody is a stranger until the next sign-in, and codes
on their way are worth nothing. Whoever can restart it each hour gets ${24 * otp.maxFailuresPerDay} guesses a day at one number: keep it out of reach, with \`appendonly yes\`,
\`appendfsync always\` and \`maxmemory-policy noeviction\` (what may be evicted can be evicted by an attacker).

## When Redis fails over

Replication is asynchronous: a failover can lose what the old primary wrote last. A code that was used in that moment works a second time,
and guesses of that moment are not counted: cut off from both replicas, 20 of 20 used codes worked again (\`npm run test:ha\`). With
\`REDIS_WAIT_REPLICAS=n\` a code opens nothing, and no guess at a code or a password is judged, before n replicas have it; else the call is a 503 and
the code still works. Then 0 of 20 worked twice, for 2 to 3 % of the sign-ins a second beside a replica on the same
machine (\`npm run bench:wait\`); elsewhere it is the way there and back. A code that was sent, and what is forgiven, may still be lost: that costs an SMS. With fewer than n replicas nobody
signs in, so n is less than their number; a replica that did not confirm can be promoted only when those that did are gone.
`
}
