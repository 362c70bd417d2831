import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const folder = fileURLToPath(new URL('../../src/db/migrations', import.meta.url))
/** From before this rule. */
const FIRST = ['0000_init.sql', '0001_sessions.sql', '0002_second_edition.sql']

/** What takes something from the version that is still running, or blocks it while a table is read. */
const CONTRACTIONS = [
  /\bdrop\s+(table|column|constraint|index)\b/i,
  /\brename\b/i,
  /\bset\s+not\s+null\b/i,
  /\bset\s+data\s+type\b|\balter\s+column\s+\S+\s+type\b/i,
  /\badd\s+constraint\b(?![\s\S]*\bnot\s+valid\b)/i,
  /\badd\s+column\b(?=[\s\S]*\bnot\s+null\b)(?![\s\S]*\bdefault\b)/i,
  /\bcreate\s+(unique\s+)?index\s+(?!if\s+not\s+exists\b)/i
]

/** The statements of a migration that only the next release may have, except on tables that it creates itself. */
function contractions(migration: string): string[] {
  const own = [...migration.matchAll(/create table (?:if not exists )?"?(\w+)/gi)].map(([, name]) => name)
  return migration
    .split('--> statement-breakpoint')
    .filter((statement) => !/^\s*-- contract: \S/m.test(statement))
    .filter((statement) => !own.some((name) => new RegExp(`\\b(table|on) "?${name}\\b`, 'i').test(statement)))
    .filter((statement) => CONTRACTIONS.some((form) => form.test(statement)))
}

t.test('migrations only expand, so the old version keeps working (docs/upgrades.md)', async (t) => {
  const later = readdirSync(folder).filter((name) => name.endsWith('.sql') && !FIRST.includes(name))
  for (const name of later) t.strictSame(contractions(readFileSync(`${folder}/${name}`, 'utf8')), [], name)
  t.ok(
    contractions(readFileSync(`${folder}/${FIRST[2]}`, 'utf8')).length > 0,
    'one from before this rule did more'
  )
})

t.test(
  'statements that remove something or lock a table are told apart from those that only add',
  async (t) => {
    for (const statement of [
      'ALTER TABLE "users" DROP COLUMN "location"',
      'DROP INDEX "users_phone_number"',
      'ALTER TABLE "users" RENAME COLUMN "location" TO "place"',
      'ALTER TABLE "users" ALTER COLUMN "full_name" SET NOT NULL',
      'ALTER TABLE "users" ALTER COLUMN "full_name" SET DATA TYPE varchar(150)',
      'ALTER TABLE "users" ADD COLUMN "email" text NOT NULL',
      'ALTER TABLE "users" ADD CONSTRAINT "named" CHECK (full_name is not null)',
      'CREATE INDEX "users_full_name" ON "users" USING btree ("full_name")'
    ])
      t.strictSame(contractions(statement), [statement])
    for (const statement of [
      'ALTER TABLE "users" ADD COLUMN "email" text',
      'ALTER TABLE "users" ADD COLUMN "is_new" boolean DEFAULT true NOT NULL',
      'ALTER TABLE "users" ADD CONSTRAINT "named" CHECK (full_name is not null) NOT VALID',
      'CREATE INDEX IF NOT EXISTS "users_full_name" ON "users" USING btree ("full_name")',
      'CREATE TABLE "notes" ("id" uuid NOT NULL);--> statement-breakpoint\nCREATE INDEX "notes_id" ON "notes" ("id")',
      '-- contract: no version since 1.2 reads it\nALTER TABLE "users" DROP COLUMN "location"'
    ])
      t.strictSame(contractions(statement), [])
  }
)
