import { expect, it } from 'vitest';
import { plotColors } from './plot-marks.ts';
import { spreadPlotSvg, type SpreadPlot } from './spread-plot.ts';

const PLOT: SpreadPlot = {
  title: 'A <score>',
  subtitle: 'of two methods',
  xLabel: 'images per step',
  yLabel: 'score, %',
  series: [
    {
      name: 'bn',
      points: [
        { x: 1, mean: null, sd: null },
        { x: 2, mean: 46, sd: 1 },
      ],
    },
    {
      name: 'wa+gn',
      points: [
        { x: 1, mean: 44, sd: null },
        { x: 2, mean: 47, sd: 0.5 },
      ],
    },
  ],
  reference: { label: 'nothing', value: 4 },
  caption: 'Three seeds.',
};

const count = (text: string, part: string): number => text.split(part).length - 1;

it('draws a line, error bars where there is a spread, and a name for every series', () => {
  const svg = spreadPlotSvg(PLOT);
  expect(svg).toContain('A &lt;score&gt;');
  expect(count(svg, '<polyline')).toBe(2);
  // The caps of an error bar.
  expect(count(svg, 'h8M')).toBe(2);
  for (const { name } of PLOT.series) expect(svg).toContain(`>${name}</text`);
});

it('marks what has no score, and says what lies outside', () => {
  const svg = spreadPlotSvg(PLOT);
  expect(count(svg, 'M-4.5 -4.5l9 9')).toBe(1);
  expect(svg).toContain('A cross on the axis: no score (bn).');
  expect(svg).toContain('The vertical axis does not begin at 0. Below the axis: nothing, 4.0.');
  const complete = spreadPlotSvg({ ...PLOT, series: PLOT.series.slice(1) });
  expect(complete).not.toContain('A cross');
});

it('marks what has no error at the top, where the worst are, and says what lies far above', () => {
  const svg = spreadPlotSvg({ ...PLOT, lowerIsBetter: true, reference: { label: 'chance', value: 90 } });
  expect(svg).toMatch(/M-4\.5 -4\.5l9 9[^>]*translate\([\d.]+ 93\.0\)/);
  expect(svg).toContain('A cross at the top: no score (bn).');
  expect(svg).toContain('Above the axis: chance, 90.0.');
});

it('draws the reference where it is near', () => {
  const svg = spreadPlotSvg({ ...PLOT, reference: { label: 'nothing', value: 43 } });
  expect(svg).toContain('>nothing 43.0</text');
  expect(svg).not.toContain('Below the axis');
});

it('stands series side by side where there is one value on the axis', () => {
  const svg = spreadPlotSvg({
    ...PLOT,
    series: PLOT.series.map((one) => ({ ...one, points: one.points.slice(1) })),
    reference: { label: 'nothing', value: 45 },
  });
  expect(svg).toContain('images per step: 2');
  expect(count(svg, '>bn</text')).toBe(1);
  // Beside the axis, not on a point: the axis ends at 736.
  expect(svg).toMatch(/x="744" y="[\d.]+">nothing 45\.0<\/text/);
});

it('places a higher mean higher', () => {
  const svg = spreadPlotSvg(PLOT);
  const [, bn, wa] = /points="[\d.]+,([\d.]+)"[^]*?points="[\d.]+,[\d.]+ [\d.]+,([\d.]+)"/.exec(svg) ?? [];
  expect(Number(wa)).toBeLessThan(Number(bn));
});

it('keeps the series of one value nearer to it than to the next', () => {
  const sizes = [1, 2, 4, 8, 16, 32, 64];
  const series = plotColors.map((_, i) => ({
    name: `m${i}`,
    points: sizes.map((x) => ({ x, mean: i, sd: null })),
  }));
  const svg = spreadPlotSvg({ ...PLOT, series });
  const starts = [...svg.matchAll(/points="([\d.]+),/g)].map(([, x]) => Number(x));
  const ticks = [...svg.matchAll(/<path d="M([\d.]+) 448v5"/g)].map(([, x]) => Number(x));
  expect(ticks).toHaveLength(sizes.length);
  const [first = NaN, second = NaN] = ticks;
  for (const x of starts) expect(Math.abs(x - first)).toBeLessThan((second - first) / 4);
});

it('has ten colours', () => {
  expect(new Set(plotColors).size).toBe(10);
});
