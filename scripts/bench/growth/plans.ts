import { drizzle } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import * as schema from '../../../src/db/schema.ts'
import type { QueryOf } from './calls.ts'

/** How the server finds the rows of a query, and how many 8 kB pages it touches. */
export interface Plan {
  shape: string
  pages: number
}

interface Node {
  'Node Type': string
  'Index Name'?: string
  'Relation Name'?: string
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: Node[]
}

/** The plans of a query's statements, as a prepared statement has them after many runs. */
export async function plansOf(url: string, query: QueryOf): Promise<Plan[]> {
  const client = postgres(url, { max: 1, onnotice: () => {} })
  const statements: { text: string; params: unknown[] }[] = []
  const logger = { logQuery: (text: string, params: unknown[]) => void statements.push({ text, params }) }
  const db = drizzle({ client, schema, logger })
  try {
    await undone(client, () => query(db))
    await client`set plan_cache_mode = force_generic_plan`
    const plans: Plan[] = []
    for (const { text, params } of statements.filter(
      ({ text }) => !/^(begin|rollback|commit|savepoint)/.test(text)
    ))
      plans.push(await undone(client, () => planOf(client, text, params)))
    return plans
  } finally {
    await client.end()
  }
}

async function planOf(client: postgres.Sql, text: string, params: unknown[]): Promise<Plan> {
  await client.unsafe(`prepare asked as ${text}`)
  const values = params.length > 0 ? `(${params.map(literal).join(', ')})` : ''
  const rows = await client.unsafe(`explain (analyze, buffers, format json) execute asked${values}`)
  await client.unsafe('deallocate asked')
  const [{ Plan: root }]: [{ Plan: Node }] = JSON.parse(JSON.stringify(rows[0]?.['QUERY PLAN']))
  return { shape: shapeOf(root).join(', '), pages: root['Shared Hit Blocks'] + root['Shared Read Blocks'] }
}

/** The scans that find the rows: the rest of a plan follows from the statement. */
function shapeOf({ Plans = [], ...node }: Node): string[] {
  const below = Plans.flatMap(shapeOf)
  const { 'Node Type': type, 'Index Name': index, 'Relation Name': table } = node
  return /Scan$/.test(type) && (index || table) ? [`${type} ${index ?? table}`, ...below] : below
}

function literal(value: unknown): string {
  return value === null ? 'null' : `'${String(value).replaceAll("'", "''")}'`
}

/** Does work in a transaction that is rolled back. */
async function undone<Result>(client: postgres.Sql, work: () => Promise<Result>): Promise<Result> {
  await client`begin`
  try {
    return await work()
  } finally {
    await client`rollback`
  }
}
