import { randomInt } from 'node:crypto'
import { type Command, Option } from 'commander'
import type { SmsConfig } from '../config/settings.ts'
import { toE164 } from '../phone.ts'
import { type FailureKind, type Gateway, GatewayFailure, type Outgoing } from '../sms/gateway.ts'
import { createGateways } from '../sms/gateways.ts'
import { smsTextsOf } from '../sms/text.ts'
import { LANGUAGES, type Language } from '../text/language.ts'
import type { WithGateways } from './context.ts'
import { OperatorError, printRows } from './terminal.ts'

export function smsCommand(sms: Command, run: WithGateways): void {
  sms
    .command('test <number>')
    .description('send one real message through each of SMS_GATEWAYS, with a code that opens nothing')
    .addOption(new Option('--language <tag>', 'of the message; SMS_LANGUAGE unless said').choices(LANGUAGES))
    .action((typed: string, { language }: { language?: Language }) =>
      run(async (context) => {
        const { config } = context
        const message = testMessage(toE164(typed, config.phone.countries), config, language)
        printRows(context, [['gateway', 'result', 'ms', 'parts', 'cost', 'its name of the message']])
        const taken = await eachGateway(config, async (gateway) => {
          const start = performance.now()
          const end = await sendBy(gateway, message, config.sms.timeoutMs)
          const ms = Math.round(performance.now() - start)
          printRows(context, [[gateway.name, end.result, ms, ...end.figures]])
          return end.isTaken
        })
        if (!taken.includes(true))
          throw new OperatorError('No gateway took the message; the lines above say why.')
      })
    )

  sms
    .command('balance')
    .description('print what is left of the money at each of SMS_GATEWAYS')
    .action(() =>
      run(async (context) => {
        await eachGateway(context.config, async ({ name, balance }) => {
          const signal = AbortSignal.timeout(context.config.sms.timeoutMs)
          const left = balance ? await balance(signal).catch(reasonOf) : 'does not tell'
          printRows(context, [[name, left]])
        })
      })
    )
}

/** Does the work for one gateway after another, in the order of SMS_GATEWAYS. */
async function eachGateway<Result>(
  config: SmsConfig,
  work: (gateway: Gateway) => Promise<Result>
): Promise<Result[]> {
  const results: Result[] = []
  for (const gateway of createGateways(config))
    results.push(await work(gateway).finally(() => gateway.close?.()))
  return results
}

function testMessage(to: string, config: SmsConfig, language = config.sms.language): Outgoing {
  const { ttlSeconds, length } = config.otp
  const code = String(randomInt(10 ** length)).padStart(length, '0')
  const texts = smsTextsOf(config)
  return { to, text: texts.ofCode('sign-in', code, language), language, code, ttlSeconds }
}

async function sendBy(gateway: Gateway, message: Outgoing, timeoutMs: number) {
  try {
    const { parts, cost, providerId } = await gateway.send({
      ...message,
      signal: AbortSignal.timeout(timeoutMs)
    })
    return { isTaken: true, result: 'taken', figures: [parts, cost ?? null, providerId] }
  } catch (error) {
    return { isTaken: false, result: reasonOf(error), figures: [] }
  }
}

/** Advice that is added to the gateway's own failure message. */
const ADVICE: Partial<Record<FailureKind, string>> = {
  unavailable: 'can this machine reach it (a firewall, a proxy), and is its _URL right?',
  timeout: 'it may have arrived all the same; SMS_TIMEOUT_MS is how long is waited',
  invalid_number: 'try a number that you have in your hand'
}

function reasonOf(error: unknown): string {
  if (!(error instanceof GatewayFailure)) return `unavailable: ${String(error)}`
  const advice = ADVICE[error.kind]
  return advice ? `${error.message}; ${advice}` : error.message
}
