import { expect, it } from 'vitest';
import { median, spread } from './statistics.ts';

it('gives mean and sample standard deviation', () => {
  // By hand: the deviations are −0.03, −0.01, 0.04; their squares sum to 0.0026, and half of it is 0.0013.
  const { mean, sd, n } = spread([0.4, 0.42, 0.47]) ?? { mean: NaN, sd: NaN, n: NaN };
  expect(mean).toBeCloseTo(0.43, 12);
  expect(sd).toBeCloseTo(Math.sqrt(0.0013), 12);
  expect(n).toBe(3);
});

it('knows no spread of one value, and nothing of none', () => {
  expect(spread([0.5])).toEqual({ mean: 0.5, sd: null, n: 1 });
  expect(spread([])).toBeNull();
});

it('takes the middle value', () => {
  expect(median([3, 1, 100])).toBe(3);
  expect(median([4, 1, 2, 100])).toBe(3);
  expect(median([])).toBeNull();
});
