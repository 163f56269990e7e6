// One of the plots of a `StackedPlot`: its vertical axis, its lines, and their names at their ends.

import { digitsOf, html, labelPositions, plotColors, ticksOf, type Html } from '@plumbline/training';
import { logTickLabel, logTicks } from './log-axis.ts';

export interface PanelPoint {
  /** Along the horizontal axis. */
  readonly at: number;
  /** What is not finite, or not positive on a logarithmic axis, leaves a gap. */
  readonly value: number;
}

export interface Panel {
  /** What the vertical axis shows. */
  readonly label: string;
  readonly scale: 'log' | 'linear';
  /** By name, from left to right; a name without points has no line. */
  readonly lines: ReadonlyMap<string, readonly PanelPoint[]>;
  /** A value to compare with, drawn dashed where the axis reaches it. */
  readonly reference?: number;
}

/** Of the plots in their picture, in pixels; names stand to the right. */
export const frame = { left: 70, right: 752 } as const;
export const nameDistance = 16;

interface PanelPlace {
  readonly names: readonly string[];
  readonly x: (at: number) => number;
  readonly top: number;
  readonly bottom: number;
}

interface VerticalAxis {
  readonly ticks: readonly number[];
  readonly label: (tick: number) => string;
  readonly y: (value: number) => number;
  readonly isShown: (value: number) => boolean;
}

/** Of a linear axis: a quantity that is zero but for rounding is drawn as zero. */
const leastRange = 0.1;

function verticalAxis({ scale, lines }: Panel, top: number, bottom: number): VerticalAxis {
  const isLog = scale === 'log';
  const isShown = (value: number): boolean => Number.isFinite(value) && (!isLog || value > 0);
  const values = [...lines.values()].flatMap((points) => points.map(({ value }) => value).filter(isShown));
  const ticks = isLog ? logTicks(values) : ticksOf([...values, 0, leastRange]);
  const read = (value: number): number => (isLog ? Math.log10(value) : value);
  const [low, high] = [read(ticks[0] ?? 1), read(ticks.at(-1) ?? 10)];
  const digits = digitsOf(ticks);
  return {
    ticks,
    label: (tick) => (isLog ? logTickLabel(tick) : tick.toFixed(digits)),
    y: (value) => bottom - ((read(value) - low) / (high - low)) * (bottom - top),
    isShown,
  };
}

export function drawPanel(panel: Panel, { names, x, top, bottom }: PanelPlace): Html {
  const axis = verticalAxis(panel, top, bottom);
  const { label, lines, reference } = panel;
  const drawn = names.flatMap((name, index) => {
    const points = (lines.get(name) ?? []).map(({ at, value }) => ({
      x: x(at),
      y: axis.isShown(value) ? axis.y(value) : null,
    }));
    return points.some(({ y }) => y !== null) ? [{ name, index, points }] : [];
  });
  return html`${axis.ticks.map(
      (tick, i) =>
        html`<path
            d="M${frame.left} ${axis.y(tick).toFixed(1)}H${frame.right}"
            stroke="${i === 0 ? '#8a8f98' : '#e3e5e8'}"
          /><text
            class="tick"
            x="${frame.left - 9}"
            y="${axis.y(tick).toFixed(1)}"
            text-anchor="end"
            dominant-baseline="central"
            >${axis.label(tick)}</text
          >`,
    )}<text class="axis" x="${frame.left - 46}" y="${top - 13}">${label}</text>
    ${reference !== undefined && drawReference(reference, axis)}
    ${drawn.map(({ index, points }) => drawLine(index, points))}${drawNames(drawn, top, bottom)}`;
}

function drawReference(value: number, { ticks, y }: VerticalAxis): Html | false {
  const [low = 0, high = 0] = [ticks[0], ticks.at(-1)];
  if (value < low || value > high) return false;
  return html`<path
    d="M${frame.left} ${y(value).toFixed(1)}H${frame.right}"
    stroke="#4a525b"
    stroke-dasharray="2 4"
  />`;
}

interface DrawnLine {
  readonly name: string;
  readonly index: number;
  readonly points: readonly { readonly x: number; readonly y: number | null }[];
}

const colorOf = (index: number): string => plotColors[index % plotColors.length] ?? '#000000';

/** Broken where a value is not shown, with a dot at each point; every second one has hollow dots, for eyes that mix up colours. */
function drawLine(index: number, points: DrawnLine['points']): Html {
  let isDown = false;
  const path = points.map(({ x, y }) => {
    const command = isDown ? 'L' : 'M';
    isDown = y !== null;
    return y === null ? '' : `${command}${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return html`<path
      d="${path.join('')}"
      fill="none"
      stroke="${colorOf(index)}"
      stroke-width="1.8"
      stroke-dasharray="${index < plotColors.length ? 'none' : '6 4'}"
      stroke-linejoin="round"
    />${points.map(({ x, y }) => y !== null && dot(index, x, y))}`;
}

const dot = (index: number, x: number, y: number): Html =>
  html`<circle
    cx="${x.toFixed(1)}"
    cy="${y.toFixed(1)}"
    r="2.8"
    fill="${index % 2 === 0 ? colorOf(index) : '#ffffff'}"
    stroke="${colorOf(index)}"
    stroke-width="1.4"
  />`;

/** To the right of the lines' ends, moved apart where those lie close. */
function drawNames(drawn: readonly DrawnLine[], top: number, bottom: number): Html[] {
  const ends = drawn.flatMap(({ name, index, points }) => {
    const last = points.findLast(({ y }) => y !== null);
    return last === undefined || last.y === null ? [] : [{ name, index, x: last.x, y: last.y }];
  });
  const places = labelPositions(
    ends.map(({ y }) => y),
    nameDistance,
    top,
    bottom,
  );
  return ends.map(({ name, index, x, y }, i) => {
    const place = places[i] ?? y;
    return html`<path
        d="M${(x + 5).toFixed(1)} ${y.toFixed(1)}L${frame.right + 10} ${place.toFixed(1)}"
        stroke="${colorOf(index)}"
        stroke-width="0.9"
        stroke-dasharray="${x < frame.right - 40 ? '1 5' : 'none'}"
        opacity="0.6"
      />${dot(index, frame.right + 15, place)}<text
        class="name"
        x="${frame.right + 25}"
        y="${place.toFixed(1)}"
        dominant-baseline="central"
        >${name}</text
      >`;
  });
}
