// Means with their spread against a quantity of few values, such as a score against the images per step: one line per
// method, its standard deviation as error bars, its name at its end. To be printed and published: colours that the colour-blind
// tell apart, shapes that tell apart without colour, and the protocol below.

import { html, Html } from './html.ts';
import { labelPositions, lines, ticksOf } from './plot-layout.ts';
import { colorOf, cross, errorBar, letter, marker, plotStyle, width, valueAxis } from './plot-marks.ts';

export interface SpreadPoint {
  /** On the horizontal axis. */
  readonly x: number;
  /** Null: there is none, because the runs failed; shown as a cross on the axis. */
  readonly mean: number | null;
  /** Standard deviation; null: not known. */
  readonly sd: number | null;
}

export interface SpreadSeries {
  readonly name: string;
  readonly points: readonly SpreadPoint[];
}

export interface SpreadPlot {
  readonly title: string;
  readonly subtitle: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** At most ten can be told apart. */
  readonly series: readonly SpreadSeries[];
  /** Of errors: what has none is then shown at the top, where the worst are. Default false: at the bottom. */
  readonly lowerIsBetter?: boolean;
  /** A horizontal line to compare with. */
  readonly reference?: { readonly label: string; readonly value: number };
  /** What other plots show that are to have the same vertical axis, so that they can be compared. */
  readonly elsewhere?: readonly SpreadSeries[];
  /** How it was measured. */
  readonly caption: string;
}

const frame = { left: 66, right: 736, top: 84, bottom: 448 } as const;
interface Scales {
  x: (value: number, index: number) => number;
  y: (value: number) => number;
}

/** Between two series, where there is room. */
const widestGap = 6.5;
/** Share of the distance between two values that all series may take: more would look like other values. */
const widestGroup = 0.4;

/** Equal factors are equal distances; series stand a little apart, so that error bars do not cover each other. */
function scalesOf({ series }: SpreadPlot, xs: readonly number[], low: number, high: number): Scales {
  const [first = 1] = xs;
  const last = xs.at(-1) ?? first;
  const margin = 40;
  const nearest = xs.slice(1).map((x, i) => Math.log(x / (xs[i] ?? x)) / Math.log(last / first));
  const room = widestGroup * Math.min(...nearest) * (frame.right - frame.left - 2 * margin);
  const gap = Math.min(widestGap, room / series.length);
  const inset = margin + (gap * series.length) / 2;
  const span = frame.right - frame.left - 2 * inset;
  const side = (index: number): number => gap * (index - (series.length - 1) / 2);
  return {
    x: (value, index) =>
      first === last
        ? frame.left + ((index + 0.5) * (frame.right - frame.left)) / series.length
        : frame.left + inset + (Math.log(value / first) / Math.log(last / first)) * span + side(index),
    y: (value) => frame.bottom - ((value - low) / (high - low)) * (frame.bottom - frame.top),
  };
}

function drawSeries({ points }: SpreadSeries, index: number, { x, y }: Scales, lowerIsBetter: boolean): Html {
  const color = colorOf(index);
  const known = points.flatMap(({ x: at, mean, sd }) =>
    mean === null ? [] : [{ x: x(at, index), y: y(mean), sd, mean }],
  );
  const failed = points.filter(({ mean }) => mean === null);
  const bars = known.flatMap(({ x: at, mean, sd }) =>
    sd === null ? [] : [errorBar(index, at, y(mean + sd), y(mean - sd))],
  );
  return html`<polyline
      points="${known.map((point) => `${point.x.toFixed(1)},${point.y.toFixed(1)}`).join(' ')}"
      fill="none"
      stroke="${color}"
      stroke-width="2"
      ${index % 10 >= 5 && new Html('stroke-dasharray="7 4"')}
    />${bars}${known.map((point) => marker(index, point.x, point.y))}${failed.map((point) =>
      cross(index, x(point.x, index), lowerIsBetter ? frame.top + 9 : frame.bottom - 9),
    )}`;
}

/** Names to the right of the last points, moved apart where those lie close. */
function drawNames({ series }: SpreadPlot, { x, y }: Scales): Html[] {
  const ends = series.flatMap(({ name, points }, index) => {
    const end = points.findLast(({ mean }) => mean !== null);
    return end?.mean == null ? [] : [{ name, index, x: x(end.x, index), y: y(end.mean) }];
  });
  const places = labelPositions(
    ends.map((end) => end.y),
    19,
    frame.top,
    frame.bottom,
  );
  return ends.map(({ name, index, x: endX, y: endY }, i) => {
    const place = (places[i] ?? endY).toFixed(1);
    const left = frame.right + 18;
    return html`<path
        d="M${(endX + 8).toFixed(1)} ${endY.toFixed(1)}L${left - 9} ${place}"
        stroke="${colorOf(index)}"
        stroke-width="0.9"
        opacity="0.7"
      />${marker(index, left, Number(place))}<text
        class="name"
        x="${left + 12}"
        y="${place}"
        dominant-baseline="central"
        >${name}</text
      >`;
  });
}

function drawAxes(plot: SpreadPlot, xs: readonly number[], ticks: readonly number[], { x, y }: Scales): Html {
  const middle = (plot.series.length - 1) / 2;
  const isOne = xs.length === 1;
  const ticksBelow: [text: string | number, at: number][] = isOne
    ? plot.series.map(({ name }, index) => [name, x(xs[0] ?? 1, index)])
    : xs.map((value) => [value, x(value, middle)]);
  return html`${valueAxis(ticks, y, frame)}
    ${ticksBelow.map(
      ([text, at]) =>
        html`<path d="M${at.toFixed(1)} ${frame.bottom}v5" stroke="#8a8f98" /><text
            class="tick"
            x="${at.toFixed(1)}"
            y="${frame.bottom + 20}"
            text-anchor="middle"
            >${text}</text
          >`,
    )}
    <text class="axis" x="${(frame.left + frame.right) / 2}" y="${frame.bottom + 44}" text-anchor="middle"
      >${isOne ? `${plot.xLabel}: ${String(xs[0])}` : plot.xLabel}</text
    ><text
      class="axis"
      transform="translate(20 ${(frame.top + frame.bottom) / 2}) rotate(-90)"
      text-anchor="middle"
      >${plot.yLabel}</text
    >`;
}

const isWithin = (reference: SpreadPlot['reference'], low: number, high: number): boolean =>
  reference !== undefined && reference.value >= low && reference.value <= high;

function drawReference({ reference }: SpreadPlot, { y }: Scales): Html {
  const at = y(reference?.value ?? 0).toFixed(1);
  return html`<path
    d="M${frame.left} ${at}H${frame.right}"
    stroke="#8a8f98"
    stroke-width="1.3"
    stroke-dasharray="3 4"
  />`;
}

/**
 * Between two values of the axis, where only lines can be, and over them; where there is one value, to the right, where the
 * names of the series would be: on the plot it would hide a point.
 */
function nameReference({ reference, series }: SpreadPlot, xs: readonly number[], { x, y }: Scales): Html {
  const middle = (series.length - 1) / 2;
  const [first = 1, second] = xs;
  const at = y(reference?.value ?? 0);
  const name = `${reference?.label} ${reference?.value.toFixed(1)}`;
  if (second === undefined) {
    const rows = lines(name, Math.floor((width - frame.right - 8) / letter));
    return html`${rows.map(
      (row, i) =>
        html`<text class="tick" x="${frame.right + 8}" y="${(at + 4 + 16 * i).toFixed(1)}">${row}</text>`,
    )}`;
  }
  return html`<text
    class="tick halo"
    x="${((x(first, middle) + x(second, middle)) / 2).toFixed(1)}"
    y="${(at - 7).toFixed(1)}"
    text-anchor="middle"
    >${name}</text
  >`;
}

/** The plot as an SVG file of its own, on white. */
export function spreadPlotSvg(plot: SpreadPlot): string {
  const { series, reference, lowerIsBetter = false, elsewhere = [] } = plot;
  const points = series.flatMap((one) => one.points);
  const xs = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
  const ends = [...series, ...elsewhere].flatMap((one) =>
    one.points.flatMap(({ mean, sd }) => (mean === null ? [] : [mean - (sd ?? 0), mean + (sd ?? 0)])),
  );
  const ticks = ticksOf(ends, reference?.value);
  const [low = 0] = ticks;
  const high = ticks.at(-1) ?? 1;
  const scales = scalesOf(plot, xs, low, high);
  const isNear = isWithin(reference, low, high);
  const failed = series.filter((one) => one.points.some(({ mean }) => mean === null)).map(({ name }) => name);
  const side = (reference?.value ?? low) < low ? 'Below' : 'Above';
  const caption = lines(
    plot.caption +
      (low > 0 ? ' The vertical axis does not begin at 0.' : '') +
      (reference !== undefined && !isNear
        ? ` ${side} the axis: ${reference.label}, ${reference.value.toFixed(1)}.`
        : '') +
      (failed.length > 0
        ? ` A cross ${lowerIsBetter ? 'at the top' : 'on the axis'}: no score (${failed.join('; ')}).`
        : ''),
    Math.floor((width - 2 * 24) / (letter * 0.95)),
  );
  const height = frame.bottom + 76 + 17 * caption.length;
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    html`<svg
      xmlns="http://www.w3.org/2000/svg"
      class="drawn"
      viewBox="0 0 ${width} ${height}"
      width="${width}"
      height="${height}"
      role="img"
      aria-label="${plot.title}"
    >
      <style>
        ${new Html(plotStyle)}
      </style>
      <rect width="${width}" height="${height}" fill="#ffffff" />
      <text class="title" x="24" y="36">${plot.title}</text>
      <text class="subtitle" x="24" y="59">${plot.subtitle}</text>
      ${drawAxes(plot, xs, ticks, scales)}${isNear && drawReference(plot, scales)}
      ${series.map((one, index) => drawSeries(one, index, scales, lowerIsBetter))}
      ${isNear && nameReference(plot, xs, scales)}${xs.length > 1 && drawNames(plot, scales)}
      ${caption.map(
        (line, i) => html`<text class="caption" x="24" y="${frame.bottom + 78 + 17 * i}">${line}</text>`,
      )}
    </svg> `.text
  );
}
