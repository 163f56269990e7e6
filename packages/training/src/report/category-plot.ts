// Means with their spread for named things side by side, such as the accuracy of methods: one mark for every series in each
// column, standard deviations as error bars, the names of the series to the right.

import { html, Html } from './html.ts';
import { lines, ticksOf } from './plot-layout.ts';
import { cross, errorBar, letter, marker, plotStyle, width, valueAxis } from './plot-marks.ts';

export interface CategoryPoint {
  /** Null: there is none, because the runs failed; shown as a cross on the axis. */
  readonly mean: number | null;
  /** Standard deviation; null: not known. */
  readonly sd: number | null;
}

export interface CategoryPlot {
  readonly title: string;
  readonly subtitle: string;
  readonly yLabel: string;
  /** Names of the columns. */
  readonly categories: readonly string[];
  /** One point for every category, in their order; null: nothing to show. At most ten series can be told apart. */
  readonly series: readonly { readonly name: string; readonly points: readonly (CategoryPoint | null)[] }[];
  /** How it was measured. */
  readonly caption: string;
}

const frame = { left: 66, right: 756, top: 84, bottom: 430 } as const;
/** Of the names below the axis, which lean so that long ones do not touch. */
const lean = -32;

interface Scales {
  readonly column: (category: number) => number;
  readonly x: (category: number, series: number) => number;
  readonly y: (value: number) => number;
}

function scalesOf({ categories, series }: CategoryPlot, low: number, high: number): Scales {
  const column = (frame.right - frame.left) / Math.max(1, categories.length);
  const gap = Math.min(13, (0.72 * column) / Math.max(1, series.length - 1));
  const middle = (category: number): number => frame.left + (category + 0.5) * column;
  return {
    column: middle,
    x: (category, index) => middle(category) + gap * (index - (series.length - 1) / 2),
    y: (value) => frame.bottom - ((value - low) / (high - low)) * (frame.bottom - frame.top),
  };
}

function drawAxes(
  { categories, yLabel }: CategoryPlot,
  ticks: readonly number[],
  { column, y }: Scales,
): Html {
  const half = (frame.right - frame.left) / Math.max(1, categories.length) / 2;
  return html`${categories.map(
      (_, i) =>
        i % 2 === 1 &&
        html`<rect
          x="${(column(i) - half).toFixed(1)}"
          y="${frame.top}"
          width="${(2 * half).toFixed(1)}"
          height="${frame.bottom - frame.top}"
          fill="#f5f6f8"
        />`,
    )}${valueAxis(ticks, y, frame)}
    ${categories.map(
      (name, i) =>
        html`<text
          class="tick"
          transform="translate(${(column(i) + 4).toFixed(1)} ${frame.bottom + 18}) rotate(${lean})"
          text-anchor="end"
          >${name}</text
        >`,
    )}
    <text
      class="axis"
      transform="translate(20 ${(frame.top + frame.bottom) / 2}) rotate(-90)"
      text-anchor="middle"
      >${yLabel}</text
    >`;
}

const drawSeries = ({ points }: CategoryPlot['series'][number], index: number, { x, y }: Scales): Html =>
  html`${points.map((point, category) => {
    if (point === null) return false;
    const at = x(category, index);
    if (point.mean === null) return cross(index, at, frame.bottom - 9);
    const { mean, sd } = point;
    return html`${sd !== null && errorBar(index, at, y(mean + sd), y(mean - sd))}${marker(index, at, y(mean))}`;
  })}`;

const drawNames = ({ series }: CategoryPlot): Html[] =>
  series.map(
    ({ name }, index) =>
      html`${marker(index, frame.right + 18, frame.top + 10 + 21 * index)}<text
          class="name"
          x="${frame.right + 30}"
          y="${frame.top + 10 + 21 * index}"
          dominant-baseline="central"
          >${name}</text
        >`,
  );

/** The plot as an SVG file of its own, on white. */
export function categoryPlotSvg(plot: CategoryPlot): string {
  const points = plot.series.flatMap((one) => one.points.filter((point) => point !== null));
  const ends = points.flatMap(({ mean, sd }) => (mean === null ? [] : [mean - (sd ?? 0), mean + (sd ?? 0)]));
  const ticks = ticksOf(ends);
  const [low = 0] = ticks;
  const scales = scalesOf(plot, low, ticks.at(-1) ?? 1);
  const caption = lines(
    plot.caption +
      (low > 0 ? ' The vertical axis does not begin at 0.' : '') +
      (points.some(({ mean }) => mean === null) ? ' A cross on the axis: no score.' : ''),
    Math.floor((width - 2 * 24) / (letter * 0.95)),
  );
  const longest = Math.max(0, ...plot.categories.map((name) => name.length));
  const below = frame.bottom + 44 + Math.ceil(longest * letter * Math.sin((-lean * Math.PI) / 180));
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    html`<svg
      xmlns="http://www.w3.org/2000/svg"
      class="drawn"
      viewBox="0 0 ${width} ${below + 17 * caption.length}"
      width="${width}"
      height="${below + 17 * caption.length}"
      role="img"
      aria-label="${plot.title}"
    >
      <style>
        ${new Html(plotStyle)}
      </style>
      <rect width="${width}" height="${below + 17 * caption.length}" fill="#ffffff" />
      <text class="title" x="24" y="36">${plot.title}</text>
      <text class="subtitle" x="24" y="59">${plot.subtitle}</text>
      ${drawAxes(plot, ticks, scales)}${plot.series.map((one, index) => drawSeries(one, index, scales))}
      ${drawNames(plot)}
      ${caption.map((line, i) => html`<text class="caption" x="24" y="${below + 17 * i}">${line}</text>`)}
    </svg> `.text
  );
}
