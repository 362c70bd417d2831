import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { interruption } from './interruption.ts'

/** A built tree of the service. */
export interface Tree {
  name: string
  folder: string
}

/** The tree we stand in, built. */
export async function presentTree(): Promise<Tree> {
  await run('npm', ['run', '--silent', 'build'])
  return { name: git('describe', '--always', '--dirty', '--exclude', '*'), folder: resolve('.') }
}

/** Another revision in a temporary folder, built with its own packages. */
export async function checkOut(revision: string): Promise<Tree & { remove(): void }> {
  const name = git('rev-parse', '--short', '--verify', '--end-of-options', `${revision}^{commit}`)
  const folder = mkdtempSync(join(tmpdir(), 'citizen-auth-bench-'))
  const remove = () => {
    rmSync(folder, { recursive: true, force: true })
    git('worktree', 'prune')
  }
  try {
    git('worktree', 'add', '--detach', '--quiet', folder, name)
    const lockFile = (tree: string) => readFileSync(join(tree, 'package-lock.json'), 'utf8')
    if (lockFile(folder) === lockFile('.')) symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
    else await run('npm', ['ci', '--silent'], folder)
    await run('npm', ['run', '--silent', 'build'], folder)
    return { name, folder, remove }
  } catch (error) {
    remove()
    throw error
  }
}

/** Brings a database up with the tree's own migrations. */
export async function migrate({ folder }: Tree, databaseUrl: string): Promise<void> {
  await run('npm', ['run', '--silent', 'db:migrate'], folder, { DATABASE_URL: databaseUrl })
}

function git(...options: string[]): string {
  return execFileSync('git', options, { encoding: 'utf8' }).trim()
}

async function run(
  program: string,
  options: string[],
  cwd = '.',
  env: NodeJS.ProcessEnv = {}
): Promise<void> {
  interruption.throwIfAborted()
  // What is printed is the table alone; tsc tells its errors on standard output.
  const child = spawn(program, options, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', process.stderr, process.stderr],
    signal: interruption
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${program} ${options.join(' ')} failed in ${resolve(cwd)}.`)
}
