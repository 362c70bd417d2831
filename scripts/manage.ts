import { manage } from '../src/manage/index.ts'
import { DATA_FOLDER, loadDotEnv } from './dev-settings.ts'
import { openEmbeddedPostgres } from './embedded-postgres.ts'

// In production the same command is `node dist/bin/cli.js`, where DATABASE_URL is required.
loadDotEnv()
const [command] = process.argv.slice(2)
const embedded =
  process.env.DATABASE_URL || process.env.NODE_ENV === 'production' || command === 'keys'
    ? undefined
    : await openEmbeddedPostgres(`${DATA_FOLDER}/postgres`, { join: true }).catch((error: Error) => {
        process.stderr.write(`manage: ${error.message}\n`)
        process.exit(1)
      })
process.exitCode = await manage(
  process.argv.slice(2),
  { ...process.env, ...(embedded && { DATABASE_URL: embedded.url }) },
  process
)
await embedded?.close()
