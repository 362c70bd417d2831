const decoder = new TextDecoder('utf-8', { fatal: true })

/** Decodes UTF-8, without its byte order mark; undefined if the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

/** Whether a text came from bytes that are not UTF-8: Node, a terminal and `readFile` replace them with U+FFFD. */
export function isGarbled(text: string): boolean {
  return text.includes('\ufffd')
}
