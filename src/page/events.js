/**
 * Receives each message once, while the tab is visible: a browser has six connections per service, and hidden tabs must not
 * hold them. `onState` gets 'live' or 'away'.
 */
export function hearMessages(onMessage, onState) {
  const seen = new Set()
  let source
  let timer

  /** The browser reconnects by itself with the last id, but not after a refusal. */
  function open() {
    source = new EventSource('/dev/events')
    source.addEventListener('open', () => onState('live'))
    source.addEventListener('error', () => {
      onState('away')
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, 2_000)
    })
    source.addEventListener('message', ({ data, lastEventId }) => {
      if (seen.has(lastEventId)) return
      seen.add(lastEventId)
      onMessage(JSON.parse(data))
    })
  }
  function close() {
    clearTimeout(timer)
    source?.close()
    onState('away')
  }
  const follow = () => (document.visibilityState === 'visible' ? open() : close())
  document.addEventListener('visibilitychange', follow)
  follow()
}
