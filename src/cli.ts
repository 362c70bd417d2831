#!/usr/bin/env node
import { manage } from './manage/index.ts'

process.exitCode = await manage(process.argv.slice(2), process.env, process)
