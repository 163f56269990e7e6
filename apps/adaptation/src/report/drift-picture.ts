/**
 * How far target activations drift from the source's, layer by layer: one line per recipe, through the network's depth.
 * Two plots share the axis of layers: how far the means shift, and by how much the variances differ.
 */
import type { LayerDrift } from '@plumbline/adaptation';
import { digitsOf, Html, html, labelPositions, lines, plotColors, ticksOf } from '@plumbline/training';

export interface DriftText {
  readonly title: string;
  /** How it was measured. Default: none. */
  readonly caption?: string;
}

const width = 900;
const left = 66;
const plotHeight = 190;
const tops = [84, 84 + plotHeight + 46] as const;
const letter = 6.3;
const mostNames = 18;

// All under a class of its own: in a page, a picture's style is the whole page's.
const style =
  '.drift text { font: 13px "Helvetica Neue", Helvetica, Arial, "Liberation Sans", "DejaVu Sans", sans-serif; fill: #1b1f24; } ' +
  '.drift .title { font-size: 20px; font-weight: 600; } .drift .tick, .drift .axis, .drift .caption { fill: #4a525b; } .drift .layer { font-size: 11px; fill: #4a525b; } ' +
  '.drift .name { font-size: 14px; font-weight: 600; } .drift .caption { font-size: 12px; }';

const colorOf = (index: number): string => plotColors[index] ?? '#000000';

interface Series {
  name: string;
  layers: readonly LayerDrift[];
}

/** Where the layers stand, and the plots end. */
interface Depth {
  readonly right: number;
  /** Layers are equally far apart; where networks have different numbers of them, depth is a share of the whole. */
  readonly x: (index: number, count: number) => number;
}

/** The names of recipes, if they are needed, stand to the right of their lines. */
function depthAxis(isNamed: boolean): Depth {
  const right = isNamed ? 736 : 876;
  return {
    right,
    x: (index, count) =>
      count === 1 ? (left + right) / 2 : left + 14 + (index / (count - 1)) * (right - left - 28),
  };
}

/** A line that is broken where a value is not finite, and a dot at each layer. */
function drawLine(
  { layers }: Series,
  color: string,
  depth: Depth,
  read: (layer: LayerDrift) => number,
  y: (value: number) => number,
): Html {
  const places = layers.map((layer, i) => ({ x: depth.x(i, layers.length), value: read(layer) }));
  let isDown = false;
  const path = places.map(({ x, value }) => {
    const command = isDown ? 'L' : 'M';
    isDown = Number.isFinite(value);
    return isDown ? `${command}${x.toFixed(1)} ${y(value).toFixed(1)}` : '';
  });
  const dots = places.filter(({ value }) => Number.isFinite(value));
  return html`<path
      d="${path.join('')}"
      fill="none"
      stroke="${color}"
      stroke-width="2"
      stroke-linejoin="round"
    />${dots.map(
      ({ x, value }) =>
        html`<circle cx="${x.toFixed(1)}" cy="${y(value).toFixed(1)}" r="2.6" fill="${color}" />`,
    )}`;
}

const plots: readonly Pick<PlotOptions, 'label' | 'read'>[] = [
  { label: 'shift of the mean, in standard deviations of the source', read: ({ meanShift }) => meanShift },
  { label: 'difference of the variances’ logarithms', read: ({ varianceShift }) => varianceShift },
];

interface PlotOptions {
  depth: Depth;
  series: readonly Series[];
  top: number;
  label: string;
  read: (layer: LayerDrift) => number;
  /** Whether the names of the series stand at the ends of their lines. */
  isNamed: boolean;
}

function drawPlot({ series, depth, top, label, read, isNamed }: PlotOptions): Html {
  const bottom = top + plotHeight;
  const values = series.flatMap(({ layers }) => layers.map(read)).filter(Number.isFinite);
  // No drift is what everything is compared with.
  const ticks = ticksOf([...values, 0]);
  const [low = 0] = ticks;
  const high = ticks.at(-1) ?? 1;
  const y = (value: number): number => bottom - ((value - low) / (high - low)) * plotHeight;
  const digits = digitsOf(ticks);
  return html`${ticks.map(
      (tick) =>
        html`<path
            d="M${left} ${y(tick).toFixed(1)}H${depth.right}"
            stroke="${tick === 0 ? '#8a8f98' : '#e3e5e8'}"
          /><text
            class="tick"
            x="${left - 10}"
            y="${y(tick).toFixed(1)}"
            text-anchor="end"
            dominant-baseline="central"
            >${tick.toFixed(digits)}</text
          >`,
    )}<text class="axis" x="${left - 42}" y="${top - 14}">${label}</text>
    ${series.map((one, i) => drawLine(one, colorOf(i), depth, read, y))}
    ${isNamed && drawNames(series, depth, read, y, top)}`;
}

/** To the right of the lines' ends, moved apart where those lie close. */
function drawNames(
  series: readonly Series[],
  depth: Depth,
  read: (layer: LayerDrift) => number,
  y: (value: number) => number,
  top: number,
): Html[] {
  const ends = series.flatMap(({ name, layers }, index) => {
    const last = layers.findLastIndex((layer) => Number.isFinite(read(layer)));
    const layer = layers[last];
    return layer === undefined ? [] : [{ name, index, x: depth.x(last, layers.length), y: y(read(layer)) }];
  });
  const places = labelPositions(
    ends.map((end) => end.y),
    19,
    top,
    top + plotHeight,
  );
  return ends.map(({ name, index, x, y: endY }, i) => {
    const place = (places[i] ?? endY).toFixed(1);
    return html`<path
        d="M${(x + 5).toFixed(1)} ${endY.toFixed(1)}L${depth.right + 10} ${place}"
        stroke="${colorOf(index)}"
        stroke-width="0.9"
        opacity="0.7"
      /><circle cx="${depth.right + 15}" cy="${place}" r="4.5" fill="${colorOf(index)}" /><text
        class="name"
        x="${depth.right + 26}"
        y="${place}"
        dominant-baseline="central"
        >${name}</text
      >`;
  });
}

/** Every name where there are few, or evenly spaced ones with the first and the last. */
function drawLayerNames(
  layers: readonly LayerDrift[],
  { x }: Depth,
  y: number,
): { body: Html; height: number } {
  const every = Math.ceil((layers.length - 1) / (mostNames - 1)) || 1;
  const shown = layers.flatMap(({ layer }, i) => {
    const isLast = i === layers.length - 1;
    const isRegular = i % every === 0 && (isLast || layers.length - 1 - i >= every);
    return isRegular || isLast ? [{ layer, i }] : [];
  });
  const longest = Math.max(...shown.map(({ layer }) => layer.length));
  return {
    body: html`${shown.map(
      ({ layer, i }) =>
        html`<text
          class="layer"
          transform="translate(${x(i, layers.length).toFixed(1)} ${y}) rotate(-55)"
          text-anchor="end"
          dominant-baseline="central"
          >${layer}</text
        >`,
    )}`,
    height: Math.ceil(0.82 * 5.6 * longest) + 12,
  };
}

/**
 * The drift of several recipes in one figure, on white; recipes in the given order. One recipe alone is drawn without its name.
 *
 * @throws if there is nothing to draw, or more than can be told apart.
 */
export function driftComparisonSvg(
  seriesByRecipe: Readonly<Record<string, readonly LayerDrift[]>>,
  { title, caption = '' }: DriftText = { title: 'Drift of target activations through the network' },
): string {
  const series = Object.entries(seriesByRecipe).map(([name, layers]): Series => ({ name, layers }));
  const [first] = series;
  if (first === undefined || series.some(({ layers }) => layers.length === 0)) {
    throw new Error(
      'A picture of drift got no layers: give the drift of at least one layer for each recipe.',
    );
  }
  if (series.length > plotColors.length) {
    throw new Error(
      `A picture of drift got ${series.length} recipes, and ${plotColors.length} can be told apart: draw fewer.`,
    );
  }
  const isNamed = series.length > 1;
  const depth = depthAxis(isNamed);
  const bottom = tops[1] + plotHeight;
  const isSame = series.every(
    ({ layers }) => layers.map(({ layer }) => layer).join() === first.layers.map(({ layer }) => layer).join(),
  );
  const below = isSame
    ? drawLayerNames(first.layers, depth, bottom + 14)
    : {
        body: html`<text class="axis" x="${(left + depth.right) / 2}" y="${bottom + 26}" text-anchor="middle"
          >share of the network’s depth, from the first to the last layer</text
        >`,
        height: 34,
      };
  const note = caption === '' ? [] : lines(caption, Math.floor((width - 48) / (letter * 0.95)));
  const noteTop = bottom + 22 + below.height;
  const height = noteTop + 17 * note.length + 12;
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    html`<svg
      xmlns="http://www.w3.org/2000/svg"
      class="drift"
      viewBox="0 0 ${width} ${height}"
      width="${width}"
      height="${height}"
      role="img"
      aria-label="${title}"
    >
      <style>
        ${new Html(style)}
      </style>
      <rect width="${width}" height="${height}" fill="#ffffff" />
      <text class="title" x="24" y="36">${title}</text>
      ${plots.map((plot, i) => drawPlot({ ...plot, series, depth, top: tops[i] ?? 0, isNamed: isNamed && i === 0 }))}
      ${below.body}${note.map((line, i) => html`<text class="caption" x="24" y="${noteTop + 17 * i}">${line}</text>`)}
    </svg> `.text
  );
}
