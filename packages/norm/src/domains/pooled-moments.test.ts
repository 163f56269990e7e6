import { expect, it } from 'vitest';
import { PooledMoments } from './pooled-moments.ts';

const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const varianceOf = (values: readonly number[]): number => {
  const mean = meanOf(values);
  return meanOf(values.map((value) => (value - mean) ** 2));
};

it('pools batches of unequal size as if they were one, far from zero too', () => {
  // Multiples of 1/4 around 10⁹: their squares would cancel to nothing in float64.
  const values = Array.from({ length: 60 }, (_, i) => 1e9 + ((37 * i + 11) % 101) / 4);
  const pooled = new PooledMoments(2);
  for (const [from, to] of [
    [0, 1],
    [1, 30],
    [30, 37],
    [37, 60],
  ] as const) {
    const batch = values.slice(from, to);
    const [mean, variance] = [meanOf(batch), varianceOf(batch)];
    pooled.add({ mean: [mean, -mean], variance: [variance, variance] }, batch.length);
  }
  const { mean, variance } = pooled.moments();
  const [wantedMean, wantedVariance] = [meanOf(values), varianceOf(values)];
  expect(mean[0]).toBeCloseTo(wantedMean, 5);
  expect(mean[1]).toBeCloseTo(-wantedMean, 5);
  expect((variance[0] ?? NaN) / wantedVariance).toBeCloseTo(1, 6);
  expect(variance[1]).toBe(variance[0]);
});
