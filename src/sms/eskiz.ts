import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../config/settings.ts'
import { watchBalance } from './balance-watch.ts'
import {
  type Answer,
  type Call,
  type ClientOptions,
  createGatewayClient,
  fieldsOf,
  kindOf,
  wordOf
} from './client.ts'
import { createEskizLogin } from './eskiz-login.ts'
import { unapproved } from './eskiz-templates.ts'
import type { FailureKind, Gateway } from './gateway.ts'
import { partsOf } from './parts.ts'
import { refusalsOf } from './refusal.ts'
import { uzbekDigits } from './uzbek-digits.ts'

export type EskizConfig = Config['eskiz'] & {
  /** Where Eskiz reports what became of a message. */
  callbackUrl?: string | undefined
}

const refusal = refusalsOf('Eskiz', 'ESKIZ_EMAIL and ESKIZ_PASSWORD')

/** Eskiz (notify.eskiz.uz), API: documenter.getpostman.com/view/663428/RzfmES4z. Warns when the account runs out of money. */
export function createEskizGateway(
  { url, email = '', password = '', from, balanceMin, callbackUrl }: EskizConfig,
  options: ClientOptions
): Gateway {
  const client = createGatewayClient(url, options)
  const login = createEskizLogin(client, { email, password }, Math.ceil(options.timeoutMs / 2), refusal)
  const patience = () => AbortSignal.timeout(options.timeoutMs)
  let watch: ReturnType<typeof watchBalance> | undefined
  let isClosed = false
  return {
    name: 'eskiz',
    async send({ to, text, signal }) {
      // As JSON, which Eskiz accepts as well as a form: a form would turn every LF into CRLF.
      const body = { mobile_phone: uzbekDigits(to), message: text, from, callback_url: callbackUrl }
      const answer = await ask({ path: 'api/message/sms/send', body, signal })
      const id = wordOf(answer.json.id)
      if (answer.status >= 300 || !id) throw refusal(meaning(answer), answer.status)
      return { providerId: id, channel: 'sms', parts: partsOf(text) }
    },
    balance: async (signal) => `${await money(signal)} soum`,
    start(log, texts) {
      watch = watchBalance('eskiz', balanceMin, () => money(patience()), log)
      void warnOfTexts(texts, log)
    },
    async close() {
      isClosed = true
      watch?.stop()
      await client.close()
    }
  }

  /** Calls with the account's token. A call whose token was refused has done nothing, so it is repeated once with a new one. */
  async function ask(call: Call): Promise<Answer> {
    const askWith = (token: string) => client.ask({ ...call, headers: { authorization: `Bearer ${token}` } })
    const token = await login.token()
    const answer = await askWith(token)
    if (answer.status !== 401) return answer
    login.drop(token)
    return askWith(await login.token())
  }

  /** Eskiz sends no text that its staff have not approved. */
  async function warnOfTexts(texts: readonly string[], log: FastifyBaseLogger): Promise<void> {
    try {
      for (const text of await unapprovedOf(texts))
        log.warn(
          { event: 'sms_text_unapproved', gateway: 'eskiz', text },
          'Eskiz will not carry this text: ask it to approve a template'
        )
    } catch (err) {
      const fields = { event: 'sms_texts_unknown', gateway: 'eskiz', err }
      if (!isClosed) log.warn(fields, 'Eskiz did not tell its approved texts')
    }
  }

  /** Returns the texts that no template of the account approves. @throws GatewayFailure */
  async function unapprovedOf(texts: readonly string[]): Promise<string[]> {
    const answer = await ask({ method: 'GET', path: 'api/user/templates', signal: patience() })
    if (!Array.isArray(answer.json.result)) throw refusal(meaning(answer), answer.status)
    return unapproved(texts, answer.json)
  }

  async function money(signal: AbortSignal): Promise<number> {
    const answer = await ask({ method: 'GET', path: 'api/user/get-limit', signal })
    const { balance } = fieldsOf(answer.json.data)
    if (answer.status >= 300 || typeof balance !== 'number') throw refusal(meaning(answer), answer.status)
    return balance
  }
}

/**
 * What Eskiz's undocumented error messages mean. None of them turns the citizen away: the next gateway may know the number.
 */
const MEANINGS: [words: RegExp, kind: FailureKind][] = [
  [/black ?list|ч[её]рн[а-яё]+ спис/i, 'unreachable'],
  [/balance|balans|баланс|недостаточно средств|mablag/i, 'balance'],
  [/moderat|модерац|template|шаблон|shablon/i, 'rejected'],
  [/mobile.?phone|phone number|номер[а-яё]* телефон|telefon raqam/i, 'unreachable']
]

function meaning({ status, json }: Answer): FailureKind {
  const { message } = json
  const isAboutMessage = [400, 402, 403, 422].includes(status) && typeof message === 'string'
  const [, kind] = (isAboutMessage && MEANINGS.find(([words]) => words.test(message))) || []
  return kind ?? kindOf(status)
}
