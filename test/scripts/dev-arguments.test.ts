import { CommanderError } from 'commander'
import t from 'tap'
import { devArguments } from '../../scripts/dev-arguments.ts'
import { collector } from '../manage/run.ts'

/** The arguments as read, or how they are refused. */
function read(...argv: string[]) {
  const [stdout, stderr] = [collector(), collector()]
  try {
    return devArguments(argv, ['UZ', 'KZ'], { stdout: stdout.stream, stderr: stderr.stream })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return { exitCode: error.exitCode, stdout: stdout.text(), stderr: stderr.text() }
  }
}

t.test('npm run dev without arguments seeds nobody', async (t) => {
  t.strictSame(read(), { phone: [], staff: false })
})

t.test('citizens are given as people type numbers, each once, and a clerk can be added', async (t) => {
  t.strictSame(
    read('--phone', '90 123-45-67', '--staff', '--phone', '+77012345678', '--phone=998901234567'),
    {
      phone: ['+998901234567', '+77012345678'],
      staff: true
    }
  )
})

t.test('invalid arguments are refused in a sentence', async (t) => {
  for (const [argv, sentence] of [
    [['--phone', 'foo'], /'foo' is invalid\. It is no mobile number of UZ, KZ \(PHONE_COUNTRIES\)/],
    [['--phone', '+15551234567'], /It is no mobile number of UZ, KZ/],
    [['--phone', ''], /It is no mobile number/],
    [['--phone'], /argument missing/],
    [['--fone', '901234567'], /unknown option '--fone'\n\(?Did you mean --phone/],
    [['+998901234567'], /too many arguments/]
  ] as const) {
    t.match(read(...argv), { exitCode: 1, stdout: '', stderr: sentence })
    t.match(read(...argv), { stderr: /npm run dev -- --phone \+998901234567\n$/ })
  }
})

t.test('--help lists the options', async (t) => {
  t.match(read('--help'), { exitCode: 0, stdout: /--phone <number>.*--staff/s, stderr: '' })
})
