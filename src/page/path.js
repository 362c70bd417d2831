import { card } from './card.js'
import { make } from './dom.js'

/** Shows the steps of a path in a section; `onExchange` hears of every reply. */
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
