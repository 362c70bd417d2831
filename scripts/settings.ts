import { writeFileSync } from 'node:fs'
import { envExample, readme } from './settings-docs.ts'

writeFileSync('.env.example', envExample())
writeFileSync('README.md', readme())
