const decoder = new TextDecoder('utf-8', { fatal: true })

/** The text that bytes are in UTF-8, without its byte order mark; undefined when they are something else. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

/** Whether text was made of bytes that are not UTF-8: Node, a terminal and `readFile` put U+FFFD in their place. */
export function isGarbled(text: string): boolean {
  return text.includes('\ufffd')
}
