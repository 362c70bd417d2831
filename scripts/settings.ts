import { mkdirSync, writeFileSync } from 'node:fs'
import { limitsPage } from './limits-docs.ts'
import { envExample, readme } from './settings-docs.ts'

mkdirSync('docs', { recursive: true })
writeFileSync('.env.example', envExample())
writeFileSync('README.md', readme())
writeFileSync('docs/limits.md', limitsPage())
