import { build } from 'esbuild'

/** What is built for the machine, starts a thread from a file of its own, or serves files that lie beside it. */
export const UNBUNDLED = ['argon2', 'bcrypt', 'pino-pretty', 'thread-stream', '@fastify/swagger-ui']

/** Bundles programs for Node into a folder: one file is read in half the time of the thousand that it is made of. */
export async function bundle(entryPoints: string[], outdir: string): Promise<void> {
  await build({
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    external: UNBUNDLED,
    // What CommonJS packages take for granted.
    banner: {
      js: `import { createRequire } from 'node:module'
const require = createRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname`
    }
  })
}
