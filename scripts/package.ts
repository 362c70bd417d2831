import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { bundle, UNBUNDLED } from './bundle.ts'

/**
 * Builds two programs for production, `bin/server.js` and `bin/cli.js` in a folder. They lie as deep as the source files that
 * read `src/lua`, `src/page` and `src/db/migrations`. The package.json asks only for the packages that are not bundled.
 */
export async function buildPackage(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await bundle(['src/server.ts', 'src/cli.ts'], `${folder}/bin`)
  await cp('src/lua', `${folder}/lua`, { recursive: true })
  await cp('src/page', `${folder}/page`, { recursive: true })
  await cp('src/db/migrations', `${folder}/db/migrations`, { recursive: true })
  await writeFile(`${folder}/package.json`, `${JSON.stringify(await manifest(), null, 2)}\n`)
}

/** The package.json, with the versions of the lock file; npm also follows that file itself when it lies beside. */
async function manifest() {
  const { name, version, license, engines } = JSON.parse(await readFile('package.json', 'utf8'))
  const { packages } = JSON.parse(await readFile('package-lock.json', 'utf8'))
  const locked = UNBUNDLED.map((name) => [name, packages[`node_modules/${name}`].version] as const)
  return {
    name,
    version,
    license,
    private: true,
    type: 'module',
    engines,
    dependencies: Object.fromEntries(locked)
  }
}
