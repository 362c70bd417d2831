import type { Config } from '../config/settings.ts'
import { fill } from '../text/fill.ts'
import { LANGUAGES, type Language } from '../text/language.ts'
import { APOSTROPHES } from '../text/name.ts'
import { partsOf } from './parts.ts'
import { type CodeFor, wordings } from './wording.ts'

export interface SmsTextOptions {
  /** Used when the caller asks for none of our languages, and for notices. */
  language: Language
  /** How long a code lives, in seconds. */
  ttlSeconds: number
  /** The host of the web app or the iOS app, for the last line. */
  domain?: string | undefined
  /** The hash by which Android finds the app. */
  appHash?: string | undefined
  /** The operator's own sign-in texts, with `{code}`. */
  texts?: Partial<Record<Language, string | undefined>>
}

const PURPOSES = ['sign-in', 'change-phone'] as const
/** The longest code that OTP_LENGTH allows. */
const LONGEST_CODE = '00000000'
/** The limit of Android's SMS Retriever. Whether it packs GSM-7 is undocumented, so a character counts as a byte. */
const RETRIEVER_MAX = 140

/**
 * Creates the SMS texts. Ours fit into one part: what does not fit is left out, first the life of the code, then the warning.
 * The last line is `@host #code` (WICG sms-one-time-codes), from which browsers and iOS fill in the code; they ignore what
 * follows it, so the line can end with the hash for Android.
 */
export function createSmsTexts(options: SmsTextOptions) {
  const { language: fallback, ttlSeconds, domain, appHash, texts: ownTexts = {} } = options
  const lastLine = [domain && `@${domain} #{code}`, appHash].filter(Boolean).join(' ')
  const minutes = Math.ceil(ttlSeconds / 60)
  /** By language and purpose. Cached, because counting parts takes a millisecond. */
  const templates = new Map<string, string>()

  function templateOf(what: CodeFor, language: Language): string {
    const name = `${what} ${language}`
    const template = templates.get(name) ?? write(what, language)
    templates.set(name, template)
    return template
  }

  function write(what: CodeFor, language: Language): string {
    const own = ownText(what, language)
    const texts = (own ? [own] : variants(what, language)).map((text) =>
      [fill(text, { minutes }), lastLine].filter(Boolean).join('\n')
    )
    return texts.find((text) => !fault(text)) ?? texts.at(-1) ?? ''
  }

  /** Uses the plain apostrophe: any other would cost a Latin text more than half of its space. */
  function ownText(what: CodeFor, language: Language): string | undefined {
    return what === 'sign-in' ? ownTexts[language]?.replace(APOSTROPHES, "'") : undefined
  }

  /** Why a text with the longest code costs more, or does less, than it seems; undefined if it is fine. */
  function fault(template: string): string | undefined {
    const text = fill(template, { code: LONGEST_CODE })
    const parts = partsOf(text)
    if (parts > 1) return `takes ${parts} parts, and each is paid for`
    return appHash && text.length > RETRIEVER_MAX
      ? `has more than ${RETRIEVER_MAX} characters: Android will not give it to the app`
      : undefined
  }

  return {
    /** Used when the caller asks for none of our languages, and for notices. */
    language: fallback,
    /** The SMS with a code, in the requested language or else that of the service. */
    ofCode(what: CodeFor, code: string, language = fallback): string {
      return fill(templateOf(what, language), { code })
    },
    /** Every text, with a code of zeros: for gateways that carry only approved texts. */
    all(): string[] {
      const codes = PURPOSES.flatMap((what) => LANGUAGES.map((language) => templateOf(what, language)))
      return [...codes.map((text) => fill(text, { code: LONGEST_CODE })), wordings[fallback].phoneChanged]
    },
    /** The notice to a number that an account has given up. */
    phoneChanged: wordings[fallback].phoneChanged,
    /** Unwanted effects of the operator's texts, host and hash on the SMS. */
    *faults(): Generator<{ language: Language; what: CodeFor; fault: string }> {
      for (const language of LANGUAGES) {
        for (const what of PURPOSES) {
          if (!lastLine && !ownText(what, language)) continue
          const found = fault(templateOf(what, language))
          if (found) yield { language, what, fault: found }
        }
      }
    }
  }
}

export type SmsTextsConfig = Pick<Config, 'sms' | 'app'> & { otp: Pick<Config['otp'], 'ttlSeconds'> }

/** Creates the SMS texts from the settings. */
export function smsTextsOf({ sms, app, otp }: SmsTextsConfig) {
  const { language, textUz, textUzCyrl, textKaa, textRu, textEn } = sms
  return createSmsTexts({
    language,
    ttlSeconds: otp.ttlSeconds,
    domain: app.appDomain,
    appHash: app.androidAppHash,
    texts: { uz: textUz, 'uz-Cyrl': textUzCyrl, kaa: textKaa, ru: textRu, en: textEn }
  })
}

/** Our texts, from the most detailed to the shortest. */
function variants(what: CodeFor, language: Language): string[] {
  const { [what]: leads, secret, life } = wordings[language]
  return leads.flatMap((lead) => [`${lead} ${secret} ${life}`, `${lead} ${secret}`, lead])
}
