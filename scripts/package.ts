import { cp, rm } from 'node:fs/promises'
import { bundle } from './bundle.ts'

/**
 * Two programs for production, `bin/server.js` and `bin/cli.js` of a folder. They lie as deep as the files of `src` that read
 * `src/lua` and `src/db/migrations`.
 */
export async function buildPackage(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await bundle(['src/server.ts', 'src/cli.ts'], `${folder}/bin`)
  await cp('src/lua', `${folder}/lua`, { recursive: true })
  await cp('src/db/migrations', `${folder}/db/migrations`, { recursive: true })
}
