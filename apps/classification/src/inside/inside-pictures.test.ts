import { describe, expect, it } from 'vitest';
import type { GradientStatistics, LayerNoise } from './gradient-statistics.ts';
import { insideComparison } from './inside-comparison.ts';
import { insidePictures } from './inside-pictures.ts';
import type { InsideRecord } from './inside-record.ts';
import { noisePicture } from './noise-picture.ts';

interface Made {
  step?: number;
  /** Of the layer's variance from block to block. */
  growth?: number;
  layers?: number;
  sums?: boolean;
  median?: number | null;
}

/** A record as a network of some blocks would give. */
function madeRecord({
  step = 0,
  growth = 2,
  layers = 4,
  sums = true,
  median = 0.5,
}: Made = {}): InsideRecord {
  const names = (what: string): string[] =>
    Array.from({ length: layers }, (_, i) => `backbone.layer${i + 1}.${what}`);
  const activations = (['convolution', 'rectifier', 'sum'] as const).flatMap((place) =>
    place === 'sum' && !sums
      ? []
      : names(place).map((layer, i) => ({
          layer,
          place,
          mean: -1,
          variance: growth ** i,
          channelVariance: 1,
        })),
  );
  const convolutions = names('convolution');
  const quartiles = (value: number) => ({ lower: value / 2, median: value, upper: 2 * value });
  return {
    step,
    batchSize: 8,
    learningRate: 0.1,
    loss: 2,
    activations,
    gradients: convolutions.map((layer, i) => ({
      layer,
      kind: 'convolution',
      norm: 1 / (i + 1),
      relative: 0.1,
    })),
    shifts: convolutions.map((layer) => ({ layer, gradient: 0.3, weights: 0.1 })),
    rates: {
      layers: convolutions.map((layer) => ({
        layer,
        isInvariant: median !== null,
        ...quartiles(median ?? 0.1),
      })),
      allFilters: median === null ? null : quartiles(median),
    },
  };
}

const texts = (svg: string, name: string): string[] =>
  [...svg.matchAll(new RegExp(`class="${name}"[^>]*>([^<]*)<`, 'g'))].map(([, text]) => (text ?? '').trim());

/** Of the lines of data with this colour, the commands and places. */
const linesOf = (svg: string, color: string): string[] =>
  [...svg.matchAll(/<path\s+d="([^"]*)"\s+fill="none"\s+stroke="([^"]*)"/g)].flatMap(([, d, stroke]) =>
    stroke === color ? [d ?? ''] : [],
  );

const [blue, vermilion, green] = ['#0072b2', '#d55e00', '#009e73'];

describe('the pictures of one run', () => {
  it('show initialization and end through depth, and the rate along training', () => {
    const pictures = insidePictures([0, 10, 20].map((step) => madeRecord({ step })));
    expect(pictures.map(({ title }) => title)).toEqual([
      'Activations after each convolution',
      'Activations after each residual sum',
      'Gradients through depth',
      'Shift of the average gradient',
      'Effective learning rate',
    ]);
    for (const { svg, explanation } of pictures) {
      expect(texts(svg, 'caption').join(' ')).toBe(explanation);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
    expect(new Set(texts(pictures[0]?.svg ?? '', 'name'))).toEqual(
      new Set(['at initialization', 'after 20 steps']),
    );
    expect(linesOf(pictures[0]?.svg ?? '', blue)).toHaveLength(2);
    expect(texts(pictures[0]?.svg ?? '', 'layer')).toEqual([1, 2, 3, 4].map((i) => `layer${i}.convolution`));
    expect(texts(pictures[4]?.svg ?? '', 'name')).toHaveLength(4);
  });

  it('draw what grows by a factor as a straight line', () => {
    const [picture] = insidePictures([madeRecord({ growth: 10, layers: 3 })]);
    const [line = ''] = linesOf(picture?.svg ?? '', blue);
    const heights = [...line.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, y]) => Number(y));
    expect((heights[0] ?? 0) - (heights[1] ?? 0)).toBeCloseTo((heights[1] ?? 0) - (heights[2] ?? 0), 0);
    expect(heights[0]).toBeGreaterThan(heights[2] ?? 0);
  });

  it('have rectifiers where there are no residual sums, and nothing without records', () => {
    const titles = insidePictures([madeRecord({ sums: false })]).map(({ title }) => title);
    expect(titles[1]).toBe('Activations before each rectifier');
    expect(titles).toHaveLength(4);
    expect(insidePictures([])).toEqual([]);
  });

  it('leave a gap where a network has diverged', () => {
    const record = madeRecord({ growth: 2 });
    const activations = record.activations.map((one, i) => (i === 1 ? { ...one, variance: NaN } : one));
    const [picture] = insidePictures([{ ...record, activations }]);
    const [variance] = linesOf(picture?.svg ?? '', blue);
    expect(variance?.match(/[ML]/g)?.join('')).toBe('MML');
    expect(picture?.svg).not.toContain('NaN');
  });

  it('say that the plain rate holds where no filter’s scale is without effect', () => {
    const records = [0, 10].map((step) => madeRecord({ step, median: null }));
    const rate = insidePictures(records).at(-1);
    expect(rate?.explanation).toMatch(/the plain rate holds/);
    expect(texts(rate?.svg ?? '', 'name')).toEqual(['learning rate η']);
  });
});

describe('the comparison of recipes', () => {
  const records = (growth: number, median: number | null = 0.5): InsideRecord[] =>
    [0, 50].map((step) => madeRecord({ step, growth, median }));

  it('has a line for each, at initialization and at the end', () => {
    const pictures = insideComparison(
      new Map([
        ['bn', records(1.5)],
        ['wa+<gn>', records(1)],
      ]),
    );
    expect(pictures).toHaveLength(5);
    const [first] = pictures;
    expect(texts(first?.svg ?? '', 'axis').slice(0, 2)).toEqual([
      'variance of the layer, at initialization',
      'variance of the layer, after 50 steps',
    ]);
    for (const color of [blue, vermilion]) expect(linesOf(first?.svg ?? '', color)).toHaveLength(4);
    expect(texts(first?.svg ?? '', 'name')).toContain('wa+&lt;gn&gt;');
  });

  it('draws the plain rate of recipes without an effective one, and says so', () => {
    const rate = insideComparison(
      new Map([
        ['gn', records(1, null)],
        ['ws', records(1)],
      ]),
    ).at(-1);
    expect(rate?.explanation).toMatch(/where there are none \(gn\), the plain rate/);
    expect(linesOf(rate?.svg ?? '', blue)).toHaveLength(1);
  });

  it('says which recipes have diverged', () => {
    const diverged = records(2).map((record) => (record.step === 0 ? record : { ...record, loss: NaN }));
    const [first] = insideComparison(
      new Map([
        ['bn', records(1)],
        ['none', diverged],
      ]),
    );
    expect(first?.explanation).toMatch(/ Diverged, and therefore without a line at the end: none\.$/);
    expect(insideComparison(new Map([['bn', records(1)]]))[0]?.explanation).not.toMatch(/Diverged/);
    expect(insidePictures(diverged)[0]?.explanation).toMatch(/Diverged.*: this run\.$/);
  });

  it('compares networks of different layers by their share of the depth', () => {
    const [first] = insideComparison(
      new Map([
        ['a', [madeRecord({ layers: 3 })]],
        ['b', [madeRecord({ layers: 5 })]],
      ]),
    );
    expect(texts(first?.svg ?? '', 'layer')).toEqual([]);
    expect(first?.svg).toContain('share of the network’s depth');
  });

  it('names the moment by its kind where runs ended at different steps', () => {
    const longer = [madeRecord(), madeRecord({ step: 99 })];
    const [first] = insideComparison(
      new Map([
        ['a', records(1)],
        ['b', longer],
      ]),
    );
    expect(texts(first?.svg ?? '', 'axis')[1]).toBe('variance of the layer, at the last measurement');
  });

  it('leaves out runs without records, and refuses more than can be told apart', () => {
    expect(insideComparison(new Map([['a', []]]))).toEqual([]);
    const many = new Map(Array.from({ length: 21 }, (_, i) => [`r${i}`, records(1)] as const));
    expect(() => insideComparison(many)).toThrow(/got 21 lines, and one to 20 can be drawn/);
    const dashes = insideComparison(new Map([...many].slice(0, 20)))[0]?.svg.match(/stroke-dasharray="6 4"/g);
    expect(dashes).toHaveLength(40);
  });

  it('names many layers sparsely, the first and the last among them', () => {
    const [first] = insideComparison(new Map([['deep', [madeRecord({ layers: 109, growth: 1 })]]]));
    const names = texts(first?.svg ?? '', 'layer');
    expect(names.length).toBeLessThanOrEqual(24);
    expect([names[0], names.at(-1)]).toEqual(['layer1.convolution', 'layer109.convolution']);
  });
});

describe('the picture of noise', () => {
  const noise = (deviation: number) => ({ noise: 1, deviation, size: 2 });
  const layer = (deviation: number): LayerNoise => ({
    layer: 'bn1',
    mean: noise(deviation),
    variance: noise(deviation),
    gradient: noise(deviation),
    gradientProduct: noise(deviation),
  });
  const sizes = (factor: number): GradientStatistics[] =>
    [64, 1, 8].map((batchSize) => ({
      batchSize,
      batches: 6,
      layers: [layer(factor / Math.sqrt(batchSize))],
    }));
  const none = sizes(1).map((one) => ({ ...one, layers: [] }));

  it('has a line for each recipe in four plots, falling with the batch', () => {
    const picture = noisePicture(
      new Map([
        ['wa', none],
        ['bn', sizes(2)],
        ['gn', sizes(1)],
      ]),
    );
    const svg = picture?.svg ?? '';
    // A recipe without normalization layers keeps its colour for other pictures.
    expect([blue, vermilion, green].map((color) => linesOf(svg, color ?? '').length)).toEqual([0, 4, 4]);
    expect(picture?.explanation).toMatch(/without normalization layers: wa\.$/);
    expect(texts(svg, 'tick').slice(-3)).toEqual(['1', '8', '64']);
    // 1, 0.35 and 0.125 of the size at 64, over three decades of two.
    const [line = ''] = linesOf(svg, vermilion ?? '');
    const heights = [...line.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, y]) => Number(y));
    expect((heights[1] ?? 0) - (heights[0] ?? 0)).toBeCloseTo((heights[2] ?? 0) - (heights[1] ?? 0), 0);
  });

  it('is none without normalization layers', () => {
    expect(noisePicture(new Map([['wa', none]]))).toBeNull();
  });

  it('styles nothing but itself, in a page with other pictures', () => {
    const svg = noisePicture(new Map([['bn', sizes(1)]]))?.svg ?? '';
    const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(svg) ?? [];
    const selectors = style
      .replace(/\{[^}]*\}/g, ',')
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean);
    expect(selectors.length).toBeGreaterThan(4);
    for (const selector of selectors) expect(selector).toMatch(/^\.inside /);
  });
});
