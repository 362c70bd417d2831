import { cp, rm } from 'node:fs/promises'
import { bundle } from './bundle.ts'

// Two programs for production, `dist/bin/server.js` and `dist/bin/cli.js`. They lie as deep as the files of `src` that read
// `src/lua` and `src/db/migrations`.
await rm('dist', { recursive: true, force: true })
await bundle(['src/server.ts', 'src/cli.ts'], 'dist/bin')
await cp('src/lua', 'dist/lua', { recursive: true })
await cp('src/db/migrations', 'dist/db/migrations', { recursive: true })
