import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { bundle } from '../bundle.ts'
import { DATA_FOLDER } from '../dev-settings.ts'

/** A source tree whose server can be started. */
export interface Tree {
  name: string
  folder: string
  /** The command that starts the server, for a shell in the folder. */
  start: string
}

/** Builds the current tree. */
export function presentTree(): Tree {
  return build(git('describe', '--always', '--dirty', '--exclude', '*'), resolve('.'))
}

/** Bundles the floor as the service is bundled. */
export async function floorTree(): Promise<Tree> {
  await bundle(['scripts/bench/floor.ts'], `${DATA_FOLDER}/floor`)
  return { name: 'floor', folder: resolve('.'), start: `exec node ${DATA_FOLDER}/floor/floor.js` }
}

/** Checks out another revision into a temporary folder, and builds it with its own packages. */
export function checkOut(revision: string, undo: (() => void)[]): Tree {
  const name = git('rev-parse', '--short', '--verify', '--end-of-options', `${revision}^{commit}`)
  const folder = mkdtempSync(join(tmpdir(), 'citizen-auth-bench-'))
  undo.push(() => {
    rmSync(folder, { recursive: true, force: true })
    git('worktree', 'prune')
  })
  git('worktree', 'add', '--detach', '--quiet', folder, name)
  const lockFile = (tree: string) => readFileSync(join(tree, 'package-lock.json'), 'utf8')
  if (lockFile(folder) === lockFile('.')) symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
  else run(folder, 'npm', 'ci', '--silent')
  return build(name, folder)
}

/** Migrates a database with the tree's own migrations. */
export function migrate({ folder }: Tree, databaseUrl: string): void {
  run(folder, 'env', `DATABASE_URL=${databaseUrl}`, 'npm', 'run', '--silent', 'db:migrate')
}

function build(name: string, folder: string): Tree {
  run(folder, 'npm', 'run', '--silent', 'build')
  // Another tree may put its build elsewhere.
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return { name, folder, start: scripts.start }
}

function git(...options: string[]): string {
  return execFileSync('git', options, { encoding: 'utf8' }).trim()
}

/** Sends its output to standard error: standard output is for the table alone. */
function run(cwd: string, program: string, ...options: string[]): void {
  execFileSync(program, options, { cwd, stdio: ['ignore', process.stderr, process.stderr] })
}
