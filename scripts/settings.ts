import { mkdirSync, writeFileSync } from 'node:fs'
import { limitsPage } from './limits-docs.ts'
import { envExample, settingsPage } from './settings-docs.ts'

mkdirSync('docs', { recursive: true })
writeFileSync('.env.example', envExample())
writeFileSync('docs/settings.md', settingsPage())
writeFileSync('docs/limits.md', limitsPage())
