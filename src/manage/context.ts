import type { KeysConfig, OperatorConfig, SmsConfig } from '../config/settings.ts'
import type { Db } from '../db/client.ts'
import type { Terminal } from './terminal.ts'

/** What a command works with. */
export interface CommandContext extends Terminal {
  config: OperatorConfig
  db: Db
}

/** Runs a command's work with the settings and the database, neither of which `--help` or a wrong call needs. */
export type WithDatabase = (work: (context: CommandContext) => Promise<void>) => Promise<void>

/** What a command for the key file works with. */
export interface KeysContext extends Terminal {
  config: KeysConfig
}

/** Runs a command's work with the settings of the key file, and without any store. */
export type WithKeys = (work: (context: KeysContext) => Promise<void>) => Promise<void>

/** What a command for the gateways works with. */
export interface SmsContext extends Terminal {
  config: SmsConfig
}

/** Runs a command's work with the settings of the gateways, and without any store. */
export type WithGateways = (work: (context: SmsContext) => Promise<void>) => Promise<void>
