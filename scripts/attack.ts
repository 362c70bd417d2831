import { crowds, launch, pumped } from './attack/honest.ts'
import { lockout } from './attack/lockout.ts'
import { ownCodes, withResends } from './attack/one-number.ts'
import { patient } from './attack/patient.ts'
import { pumping } from './attack/pumping.ts'
import { type Figure, isOver, table } from './attack/report.ts'
import { simCards } from './attack/sims.ts'
import { burst, burstOfNetwork, slow } from './attack/spray.ts'
import { staffGuessing } from './attack/staff.ts'
import { startTarget, type Target } from './attack/target.ts'

// Simulates an attacker against its own server on loopback, and prints what the guard lets through beside what its policy
// allows. Exits with 1 when a figure is exceeded. Scenarios can be named: `npm run attack burst`.
const scenarios: Record<string, (target: Target) => Promise<Figure[]>> = {
  ownCodes,
  withResends,
  burst,
  burstOfNetwork,
  slow,
  patient,
  simCards,
  pumping,
  lockout,
  staffGuessing,
  crowds,
  launch,
  pumped
}
const chosen = process.argv.slice(2)

const target = await startTarget()
const figures: Figure[] = []
try {
  for (const [name, scenario] of Object.entries(scenarios)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue
    const before = { requests: target.requests(), seconds: target.seconds() }
    figures.push(...(await scenario(target)))
    await target.forget()
    const took = (target.seconds() - before.seconds).toFixed(1)
    process.stderr.write(`${name}: ${target.requests() - before.requests} requests, ${took} s\n`)
  }
} finally {
  await target.close()
}
process.stdout.write(table(figures))
if (figures.some(isOver)) process.exitCode = 1
