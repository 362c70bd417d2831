import postgres from 'postgres'
import { openEmbeddedPostgres } from '../../scripts/embedded-postgres.ts'

// Run by the tests as its own process: writes like the others, prints where, and stays until its input ends.
const [folder = '', name = '', rows] = process.argv.slice(2)
const embedded = await openEmbeddedPostgres(folder, { join: true })
const client = postgres(embedded.url, { max: 2, onnotice: () => {} })
await client`create table if not exists written (name text, number int)`
for (let number = 0; number < Number(rows); number++)
  await client`insert into written values (${name}, ${number})`
process.stdout.write(`done ${embedded.url}\n`)
for await (const _ of process.stdin);
await client.end()
await embedded.close()
