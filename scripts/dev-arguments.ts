import { Command, InvalidArgumentError } from 'commander'
import type { CountryCode } from 'libphonenumber-js/mobile'
import type { Terminal } from '../src/manage/terminal.ts'
import { toE164 } from '../src/phone.ts'

export interface DevArguments {
  /** Numbers (E.164) of the citizens to seed. */
  phone: string[]
  /** Whether to seed another clerk. */
  staff: boolean
}

/**
 * Parses the arguments after `npm run dev --`.
 * @throws CommanderError after it has printed the help that was asked for (`exitCode` 0), or what is wrong
 */
export function devArguments(
  argv: string[],
  countries: readonly CountryCode[],
  terminal: Pick<Terminal, 'stdout' | 'stderr'> = process
): DevArguments {
  const addPhone = (typed: string, earlier: string[] = []) => {
    try {
      return [...new Set([...earlier, toE164(typed, countries)])]
    } catch {
      throw new InvalidArgumentError(
        `It is no mobile number of ${countries.join(', ')} (PHONE_COUNTRIES), such as +998901234567.`
      )
    }
  }
  const { phone = [], staff = false } = new Command('npm run dev --')
    .description('The service in development. Beside one that runs already it seeds there, and ends.')
    .option('--phone <number>', 'seed a citizen with a profile; may be given more than once', addPhone)
    .option('--staff', 'seed another clerk, and print number and password')
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text)
    })
    .showHelpAfterError('What it is told stands behind "--", e.g. npm run dev -- --phone +998901234567')
    .exitOverride()
    .parse(argv, { from: 'user' })
    .opts<Partial<DevArguments>>()
  return { phone, staff }
}
