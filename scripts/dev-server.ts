import { once } from 'node:events'
import { connect } from 'node:net'

// Runs the service for scripts/dev.ts: reports where it listens, or hangs up without a word when the start has failed.
const ear = connect(Number(process.env.DEV_EAR), '127.0.0.1').on('error', () => {})
await once(ear, 'connect')
const { address } = await import('../src/server.ts')
ear.end(address)
