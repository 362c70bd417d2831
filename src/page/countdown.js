import { make, tell } from './dom.js'

/** Seconds until the next try is allowed; `onEnd` is called then. */
export function countdown(onEnd) {
  const element = make('p', { class: 'countdown', role: 'timer', hidden: true })
  let timer

  function start(seconds) {
    clearInterval(timer)
    const end = performance.now() + seconds * 1_000
    const tick = () => {
      const left = Math.ceil((end - performance.now()) / 1_000)
      element.hidden = left <= 0
      tell(element, 'again', { seconds: left })
      if (left > 0) return
      clearInterval(timer)
      onEnd()
    }
    timer = setInterval(tick, 250)
    tick()
  }
  return { element, start }
}
