import { createHmac } from 'node:crypto'

/**
 * Signs messages between a gateway and us as Telegram does (core.telegram.org/gateway/api, "Verifying report integrity"):
 * the hex HMAC-SHA256 of the time (Unix seconds), a line feed and the body.
 */
export function signatureOf(key: string | Buffer, timestamp: string, body: string | Buffer): string {
  return createHmac('sha256', key).update(`${timestamp}\n`).update(body).digest('hex')
}
