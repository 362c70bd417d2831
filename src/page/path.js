import { card } from './card.js'
import { make } from './dom.js'

/** Shows a path's steps in a section; `onExchange` gets each reply. */
export function showPath(section, steps, onExchange) {
  const cards = steps.map((step, place) => {
    const openNext = () => {
      if (cards[place + 1]) cards[place + 1].open = true
    }
    return card(step, { prefix: section.id, number: place + 1, onDone: openNext, onExchange })
  })
  section.append(make('ol', { class: 'steps' }, ...cards.map((each) => make('li', {}, each))))
  cards[0].open = true
}
