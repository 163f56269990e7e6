// What plots for papers are drawn with: colours that the colour-blind tell apart, shapes that tell apart without colour.

import { html, type Html } from './html.ts';
import { digitsOf } from './plot-layout.ts';

/** Okabe and Ito's colours (2008) without yellow, which is too light for a line on paper, and two greys. */
export const plotColors = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#000000',
  '#e69f00',
  '#56b4e9',
  '#7a5c3e',
  '#7f7f7f',
  '#44449b',
] as const;

/** Of every plot, in pixels. */
export const width = 900;
const ink = '#1b1f24';
/** Width of a letter of 13 pixels. */
export const letter = 6.3;

export const colorOf = (index: number): string => plotColors[index % plotColors.length] ?? ink;

/** The same on a page, which is dark in a dark room: the page's own colour stands for black. */
export const pageColorOf = (index: number): string =>
  colorOf(index) === '#000000' ? 'currentColor' : colorOf(index);

/** Five shapes, filled and then hollow. */
export function marker(index: number, x: number, y: number): Html {
  const shapes = [
    'M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z',
    'M-4.5 -4.5h9v9h-9z',
    'M0 -5.6L5.6 4.4H-5.6z',
    'M0 -6L6 0L0 6L-6 0z',
    'M0 5.6L5.6 -4.4H-5.6z',
  ];
  const isHollow = index % 10 >= shapes.length;
  return html`<path
    d="${shapes[index % shapes.length]}"
    transform="translate(${x.toFixed(1)} ${y.toFixed(1)})"
    fill="${isHollow ? '#ffffff' : colorOf(index)}"
    stroke="${isHollow ? colorOf(index) : '#ffffff'}"
    stroke-width="${isHollow ? 2 : 1}"
  />`;
}

/** One standard deviation up and down; `top` and `bottom` in pixels. */
export const errorBar = (index: number, at: number, top: number, bottom: number): Html =>
  html`<path
    d="M${at.toFixed(1)} ${top.toFixed(1)}V${bottom.toFixed(1)}M${(at - 4).toFixed(1)} ${top.toFixed(1)}h8M${(at - 4).toFixed(1)} ${bottom.toFixed(1)}h8"
    fill="none"
    stroke="${colorOf(index)}"
    stroke-width="1.4"
  />`;

/** Of a run without a score. */
export const cross = (index: number, at: number, y: number): Html =>
  html`<path
    d="M-4.5 -4.5l9 9M-4.5 4.5l9 -9"
    transform="translate(${at.toFixed(1)} ${y.toFixed(1)})"
    stroke="${colorOf(index)}"
    stroke-width="2.4"
  />`;

/** All under a class of its own: in a page, a picture's style is the whole page's, and would paint the text of others. */
export const plotStyle =
  '.drawn text { font: 13px "Helvetica Neue", Helvetica, Arial, "Liberation Sans", "DejaVu Sans", sans-serif; fill: #1b1f24; } ' +
  '.drawn .title { font-size: 20px; font-weight: 600; } .drawn .subtitle, .drawn .tick, .drawn .axis, .drawn .caption { fill: #4a525b; } ' +
  '.drawn .name { font-size: 14px; font-weight: 600; } .drawn .caption { font-size: 12px; } .drawn .halo { paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }';

/** Where a plot lies in its picture, in pixels. */
export interface PlotFrame {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
}

/** A line across the plot and its number for every tick of the vertical axis, and the horizontal axis. */
export const valueAxis = (
  ticks: readonly number[],
  y: (value: number) => number,
  { left, right, bottom }: PlotFrame,
): Html => {
  const digits = digitsOf(ticks);
  return html`${ticks.map(
      (tick) =>
        html`<path d="M${left} ${y(tick).toFixed(1)}H${right}" stroke="#e3e5e8" /><text
            class="tick"
            x="${left - 10}"
            y="${y(tick).toFixed(1)}"
            text-anchor="end"
            dominant-baseline="central"
            >${tick.toFixed(digits)}</text
          >`,
    )} <path d="M${left} ${bottom}H${right}" stroke="#8a8f98" />`;
};
