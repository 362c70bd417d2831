import { buildPackage } from './package.ts'

await buildPackage('dist')
