import type { buildApp } from '../src/app.ts'

/** `docs/openapi.json`: the API document of a ready app. */
export function openapiFile(app: ReturnType<typeof buildApp>): string {
  return `${JSON.stringify(app.swagger(), null, 2)}\n`
}
