import { describe, expect, it } from 'vitest';
import { madeDrift } from '../testing/made-report.ts';
import { driftComparisonSvg } from './drift-picture.ts';

const texts = (svg: string, name: string): string[] =>
  [...svg.matchAll(new RegExp(`class="${name}"[^>]*>([^<]*)<`, 'g'))].map(([, text]) => (text ?? '').trim());

/** Of the paths with this colour that are lines of data. */
const linesOf = (svg: string, color: string): string[] =>
  [...svg.matchAll(/<path\s+d="([^"]*)"\s+fill="none"\s+stroke="([^"]*)"/g)].flatMap(([, d, stroke]) =>
    stroke === color ? [d ?? ''] : [],
  );

describe('the picture of drift', () => {
  it('draws two lines for each recipe and names it once', () => {
    const svg = driftComparisonSvg({ bn: madeDrift(8, 1), 'wa+<gn>': madeDrift(8, 0.5) });
    expect(texts(svg, 'name')).toEqual(['bn', 'wa+&lt;gn&gt;']);
    for (const color of ['#0072b2', '#d55e00']) expect(linesOf(svg, color)).toHaveLength(2);
    expect(texts(svg, 'layer')).toHaveLength(8);
  });

  it('has higher lines for more drift, and 0 among the ticks', () => {
    const svg = driftComparisonSvg({
      near: [{ layer: 'a', meanShift: 1, varianceShift: 3 }],
      far: [{ layer: 'a', meanShift: 2, varianceShift: 3 }],
    });
    const heights = ['#0072b2', '#d55e00'].map((color) => Number(linesOf(svg, color)[0]?.split(' ')[1]));
    expect(heights[1]).toBeLessThan(heights[0] ?? 0);
    expect(texts(svg, 'tick').filter((tick) => Number(tick) === 0)).toHaveLength(2);
  });

  it('leaves a gap where a drift is not known, and connects nothing across it', () => {
    const layers = madeDrift(5, 1).map((layer, i) => (i === 2 ? { ...layer, meanShift: NaN } : layer));
    const svg = driftComparisonSvg({ bn: layers });
    const [means, variances] = linesOf(svg, '#0072b2');
    expect(means?.match(/[ML]/g)?.join('')).toBe('MLML');
    expect(variances?.match(/[ML]/g)?.join('')).toBe('MLLLL');
    expect(svg).not.toContain('NaN');
  });

  it('names some layers of a deep network, the first and the last among them', () => {
    const deep = madeDrift(53, 1);
    const names = texts(driftComparisonSvg({ bn: deep }), 'layer');
    expect(names.length).toBeLessThanOrEqual(18);
    expect([names[0], names.at(-1)]).toEqual([deep[0]?.layer, deep[52]?.layer]);
  });

  it('compares networks of different layers by their share of the depth', () => {
    const svg = driftComparisonSvg({ bn: madeDrift(8, 1), none: madeDrift(7, 1) });
    expect(texts(svg, 'layer')).toEqual([]);
    expect(svg).toContain('share of the network’s depth');
  });

  it('has its caption below, in lines that fit', () => {
    const caption = 'word '.repeat(60).trim();
    const lines = texts(driftComparisonSvg({ bn: madeDrift(3, 1) }, { title: 'A→W', caption }), 'caption');
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.join(' ')).toBe(caption);
  });

  it('styles nothing but itself, in a page with other pictures', () => {
    const [, style = ''] =
      /<style>([\s\S]*?)<\/style>/.exec(driftComparisonSvg({ bn: madeDrift(3, 1) })) ?? [];
    const selectors = style
      .replace(/\{[^}]*\}/g, ',')
      .split(',')
      .map((selector) => selector.trim())
      .filter(Boolean);
    expect(selectors.length).toBeGreaterThan(4);
    for (const selector of selectors) expect(selector).toMatch(/^\.drift /);
  });

  it('refuses nothing, and more than can be told apart', () => {
    expect(() => driftComparisonSvg({})).toThrow(/got no layers/);
    expect(() => driftComparisonSvg({ bn: madeDrift(3, 1), gn: [] })).toThrow(/at least one layer for each/);
    const many = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`r${i}`, madeDrift(3, 1)]));
    expect(() => driftComparisonSvg(many)).toThrow(/11 recipes, and 10 can be told apart/);
  });
});
