import { expect, it } from 'vitest';
import { categoryPlotSvg, type CategoryPlot } from './category-plot.ts';

const PLOT: CategoryPlot = {
  title: 'Accuracy of <methods>',
  subtitle: 'A→W',
  yLabel: 'accuracy, %',
  categories: ['source-only', 'dann', 'adabn'],
  series: [
    {
      name: 'bn',
      points: [
        { mean: 50, sd: 2 },
        { mean: 60, sd: null },
        { mean: 55, sd: 1 },
      ],
    },
    { name: 'wa+gn', points: [{ mean: 52, sd: 1 }, { mean: null, sd: null }, null] },
  ],
  caption: 'Three seeds.',
};

const count = (text: string, part: string): number => text.split(part).length - 1;

it('styles nothing but itself, in a page with other pictures', () => {
  const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(categoryPlotSvg(PLOT)) ?? [];
  const selectors = style
    .replace(/\{[^}]*\}/g, ',')
    .split(',')
    .map((selector) => selector.trim())
    .filter(Boolean);
  expect(selectors.length).toBeGreaterThan(4);
  for (const selector of selectors) expect(selector).toMatch(/^\.drawn /);
});

it('draws a mark for every score, error bars where there is a spread, and every name', () => {
  const svg = categoryPlotSvg(PLOT);
  expect(svg).toContain('Accuracy of &lt;methods&gt;');
  // Of the scores, and beside the names of the series.
  expect(count(svg, 'fill="#0072b2"')).toBe(3 + 1);
  expect(count(svg, 'fill="#d55e00"')).toBe(1 + 1);
  // The caps of the error bars.
  expect(count(svg, 'h8M')).toBe(3);
  for (const name of [...PLOT.categories, 'bn', 'wa+gn']) expect(svg).toContain(`>${name}</text`);
});

it('marks what has no score, leaves out what does not exist, and says where the axis begins', () => {
  const svg = categoryPlotSvg(PLOT);
  expect(count(svg, 'l9 9M')).toBe(1);
  expect(svg).toContain('Three seeds. The vertical axis does not begin at 0. A cross on the axis: no score.');
});

it('puts higher scores higher, and series of one category beside each other', () => {
  const places = [...categoryPlotSvg(PLOT).matchAll(/translate\(([\d.]+) ([\d.]+)\)"\s+fill="#0072b2"/g)];
  const [[x0, y0] = [], [x1, y1] = []] = places.map(([, x, y]) => [Number(x), Number(y)]);
  expect(y1).toBeLessThan(y0 ?? NaN);
  expect(x1).toBeGreaterThan(x0 ?? NaN);
});
