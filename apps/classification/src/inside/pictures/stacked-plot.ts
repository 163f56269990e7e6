// Plots one above the other that share their horizontal axis, as an SVG file of its own: a line per run, recipe or moment in each.

import { Html, html, lines as brokenLines, plotColors } from '@plumbline/training';
import { drawPanel, frame, nameDistance, type Panel } from './panel.ts';

export interface HorizontalAxis {
  /** What stands at the left end and at the right end. */
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
  /** Whether the labels lean, so that long names do not touch. */
  readonly isSlanted: boolean;
  /** Null: the ticks speak for themselves. */
  readonly title: string | null;
}

export interface StackedPlot {
  readonly title: string;
  /** What has a colour, in the same order in all panels; at most twenty can be told apart. A name without a line keeps its colour. */
  readonly names: readonly string[];
  readonly axis: HorizontalAxis;
  readonly panels: readonly Panel[];
  /** What it shows, and how to read it. */
  readonly caption: string;
}

/** The second ten have dashed lines. */
export const mostNames = 2 * plotColors.length;

const width = 900;
const top = 88;
const leastPanelHeight = 172;
const gap = 50;
const letter = 5.95;
const slant = -50;

// All under a class of its own: in a page, a picture's style is the whole page's.
const style =
  '.inside text { font: 13px "Helvetica Neue", Helvetica, Arial, "Liberation Sans", "DejaVu Sans", sans-serif; fill: #1b1f24; } ' +
  '.inside .title { font-size: 20px; font-weight: 600; } .inside .tick, .inside .axis, .inside .caption { fill: #4a525b; } ' +
  '.inside .layer { font-size: 11px; fill: #4a525b; } .inside .name { font-weight: 600; } .inside .caption { font-size: 12px; }';

/** @throws if there is nothing to draw, or more than can be told apart. */
export function stackedPlotSvg({ title, names, axis, panels, caption }: StackedPlot): string {
  if (names.length === 0 || names.length > mostNames) {
    throw new Error(
      `The picture “${title}” got ${names.length} lines, and one to ${mostNames} can be drawn and told apart: give as many.`,
    );
  }
  const x = (at: number): number =>
    axis.high === axis.low
      ? (frame.left + frame.right) / 2
      : frame.left + 14 + ((at - axis.low) / (axis.high - axis.low)) * (frame.right - frame.left - 28);
  const panelHeight = Math.max(leastPanelHeight, nameDistance * names.length);
  const topOf = (index: number): number => top + index * (panelHeight + gap);
  const bottom = topOf(panels.length - 1) + panelHeight;
  const below = drawHorizontalAxis(axis, x, bottom);
  const note = brokenLines(caption, Math.floor((width - 48) / letter));
  const noteTop = bottom + below.height + 26;
  const height = noteTop + 17 * note.length;
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    html`<svg
      xmlns="http://www.w3.org/2000/svg"
      class="inside"
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
      ${panels.map((panel, index) =>
        drawPanel(panel, { names, x, top: topOf(index), bottom: topOf(index) + panelHeight }),
      )}
      ${below.body}
      ${note.map((line, i) => html`<text class="caption" x="24" y="${noteTop + 17 * i}">${line}</text>`)}
    </svg> `.text
  );
}

function drawHorizontalAxis(
  { ticks, isSlanted, title }: HorizontalAxis,
  x: (at: number) => number,
  bottom: number,
): { body: Html; height: number } {
  const longest = Math.max(0, ...ticks.map(({ label }) => label.length));
  const height = isSlanted ? Math.ceil(longest * 5.5 * Math.sin((-slant * Math.PI) / 180)) + 16 : 22;
  const labels = ticks.map(({ at, label }) =>
    isSlanted
      ? html`<text
          class="layer"
          transform="translate(${x(at).toFixed(1)} ${bottom + 14}) rotate(${slant})"
          text-anchor="end"
          dominant-baseline="central"
          >${label}</text
        >`
      : html`<text class="tick" x="${x(at).toFixed(1)}" y="${bottom + 20}" text-anchor="middle"
          >${label}</text
        >`,
  );
  return {
    body: html`${labels}${
      title !== null &&
      html`<text
        class="axis"
        x="${(frame.left + frame.right) / 2}"
        y="${bottom + height + 18}"
        text-anchor="middle"
        >${title}</text
      >`
    }`,
    height: title === null ? height : height + 22,
  };
}
