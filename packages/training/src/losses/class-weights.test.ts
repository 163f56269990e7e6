import { describe, expect, it } from 'vitest';
import { classWeightsFrom } from './class-weights.ts';

// 1000 valid pixels; the third class is in no mask.
const counts = { pixels: [700, 250, 0, 50], imagePixels: [1000, 500, 0, 200] };
const meanWeight = (weights: readonly number[]): number =>
  counts.pixels.reduce((sum, pixels, c) => sum + (pixels * (weights[c] ?? NaN)) / 1000, 0);

describe('classWeightsFrom', () => {
  it('median-frequency divides the median frequency by the class’s', () => {
    // Frequencies 0.7, 0.5 and 0.25; the median is 0.5.
    const weights = classWeightsFrom(counts, 'median-frequency');
    const scale = weights[1] ?? NaN;
    expect((weights[0] ?? NaN) / scale).toBeCloseTo(0.5 / 0.7, 2);
    expect((weights[3] ?? NaN) / scale).toBeCloseTo(2, 2);
    expect(weights[2]).toBe(1);
    expect(meanWeight(weights)).toBeCloseTo(1, 3);
  });

  it('takes the middle of two medians', () => {
    const two = { pixels: [80, 20], imagePixels: [100, 100] };
    // Median 0.5: weights 0.625 and 2.5, whose mean over the pixels is 1 already.
    expect(classWeightsFrom(two, 'median-frequency')).toEqual([0.625, 2.5]);
  });

  it('enet is one over the logarithm of 1.02 and the frequency', () => {
    const weights = classWeightsFrom(counts, 'enet');
    const raw = [0.7, 0.25, 0.05].map((f) => 1 / Math.log(1.02 + f));
    [0, 1, 3].forEach((c, k) =>
      expect((weights[c] ?? NaN) / (weights[0] ?? NaN)).toBeCloseTo((raw[k] ?? NaN) / (raw[0] ?? NaN), 2),
    );
    expect(weights[2]).toBe(1);
    expect(meanWeight(weights)).toBeCloseTo(1, 3);
  });

  it('refuses masks without a labelled pixel', () => {
    expect(() => classWeightsFrom({ pixels: [0, 0], imagePixels: [0, 0] }, 'enet')).toThrow('hold none');
  });
});
