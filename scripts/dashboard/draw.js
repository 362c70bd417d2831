// Runs in the page and draws what picture.ts passed to it; `uPlot` and `told` are already defined.
const COLORS = [
  '#73bf69',
  '#f2cc0c',
  '#5794f2',
  '#ff9830',
  '#f2495c',
  '#b877d9',
  '#8ab8ff',
  '#c0d8ff',
  '#96d98d'
]
const BACKGROUNDS = { green: '#37872d', orange: '#c4791c', red: '#c4162a' }

for (const panel of told.panels) {
  const { x, y, w, h } = panel.gridPos
  const box = document.createElement('section')
  const size = { width: w * told.unit.width - told.margin, height: h * told.unit.height - told.margin }
  Object.assign(box.style, {
    left: `${x * told.unit.width + told.margin / 2}px`,
    top: `${y * told.unit.height + told.margin}px`,
    width: `${size.width}px`,
    height: `${size.height}px`
  })
  document.body.append(box)
  if (panel.type === 'row') {
    box.className = 'row'
    box.textContent = panel.title
    continue
  }
  const title = document.createElement('h2')
  title.textContent = panel.title
  box.append(title)
  if (panel.type === 'stat') drawStat(box, panel)
  else drawLines(box, panel, size)
}

function drawStat(box, { series, unit, steps }) {
  const value = series[0]?.values.findLast((reading) => reading !== null)
  const reached = steps.findLast((step) => step.value === null || value >= step.value)
  box.className = 'stat'
  box.style.background = BACKGROUNDS[reached?.color] ?? ''
  const figure = document.createElement('b')
  figure.textContent = value === undefined ? 'no data' : said(value, unit)
  box.append(figure)
}

function drawLines(box, { series, times, unit, isStacked, max }, size) {
  const shown = series.filter(({ values }) => values.some((value) => value !== null))
  const legend = document.createElement('div')
  legend.className = 'legend'
  if (shown.length === 0) {
    const none = document.createElement('p')
    none.className = 'none'
    none.textContent = 'none'
    box.append(none)
    return
  }
  const lines = isStacked ? stacked(shown) : shown.map(({ values }) => values)
  const place = document.createElement('div')
  box.append(place, legend)
  const color = (at) => COLORS[at % COLORS.length]
  const drawn = shown.map(({ name }, at) => ({
    label: name,
    stroke: color(at),
    width: 1.5,
    points: { show: false },
    fill: `${color(at)}${isStacked ? '' : '18'}`
  }))
  const order = isStacked ? drawn.map((_, at) => drawn.length - 1 - at) : drawn.map((_, at) => at)
  const axis = {
    stroke: '#8e8e9a',
    grid: { stroke: '#25282e', width: 1 },
    ticks: { show: false },
    font: '10px DejaVu Sans'
  }
  new uPlot(
    {
      width: size.width - 4,
      height: size.height - 58,
      legend: { show: false },
      cursor: { show: false },
      scales: { y: { range: (_, __, most) => [0, max ?? (most > 0 ? most * 1.1 : 1)] } },
      axes: [
        { ...axis, values: '{HH}:{mm}', size: 22, incrs: [60, 300, 900, 3_600, 21_600] },
        { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => said(tick, unit)) }
      ],
      series: [{}, ...order.map((at) => drawn[at])]
    },
    [times, ...order.map((at) => lines[at])],
    place
  )
  for (const [at, { name }] of shown.entries()) {
    const entry = document.createElement('span')
    const mark = document.createElement('i')
    mark.style.background = color(at)
    entry.append(mark, name || 'all')
    legend.append(entry)
  }
}

/** Stacks each series on top of those before it. */
function stacked(series) {
  const sums = series[0].values.map(() => 0)
  return series.map(({ values }) =>
    values.map((value, at) => {
      sums[at] += value ?? 0
      return sums[at]
    })
  )
}

function said(value, unit) {
  if (unit === 'percentunit') return `${round(value * 100)} %`
  if (unit === 'bytes') return `${Math.round(value / 1_048_576)} MiB`
  if (unit === 's') return value !== 0 && value < 1 ? `${round(value * 1_000)} ms` : `${round(value)} s`
  return `${round(value)}${unit === 'reqps' ? '/s' : ''}`
}

function round(value) {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(2)))
}
