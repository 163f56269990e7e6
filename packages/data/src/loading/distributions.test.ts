import { describe, expect, it } from 'vitest';
import { beta, logGamma, normal } from './distributions.ts';
import { randomAt, type Random } from './random.ts';

const COUNT = 20_000;

function moments(draw: (random: Random) => number): { mean: number; variance: number; values: number[] } {
  const random = randomAt(4);
  const values = Array.from({ length: COUNT }, () => draw(random));
  const mean = values.reduce((a, b) => a + b) / COUNT;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / COUNT, values };
}

describe('normal', () => {
  it('has mean 0, variance 1 and the tails of a normal number', () => {
    const { mean, variance, values } = moments(normal);
    expect([Math.abs(mean) < 0.03, Math.abs(variance - 1) < 0.04]).toEqual([true, true]);
    const beyond = values.filter((value) => Math.abs(value) > 1.96).length / COUNT;
    expect(Math.abs(beyond - 0.05)).toBeLessThan(0.006);
  });
});

describe('logGamma', () => {
  // The mean and the variance of Gamma(k, 1) are both k; the standard error of the latter grows for small k.
  it.each([0.3, 1, 2.5, 9])('is the logarithm of a gamma number of shape %d', (shape) => {
    const { mean, variance } = moments((random) => Math.exp(logGamma(shape, random)));
    expect(Math.abs(mean / shape - 1)).toBeLessThan(0.05);
    expect(Math.abs(variance / shape - 1)).toBeLessThan(0.12);
  });
});

describe('beta', () => {
  it.each([
    [0.2, 0.2],
    [1, 1],
    [2, 5],
  ])('has the moments of Beta(%d, %d)', (a, b) => {
    const { mean, variance, values } = moments((random) => beta(a, b, random));
    expect(Math.abs(mean - a / (a + b))).toBeLessThan(0.012);
    expect(Math.abs(variance / ((a * b) / ((a + b) ** 2 * (a + b + 1))) - 1)).toBeLessThan(0.05);
    expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  it('is no NaN where both gamma numbers would be 0', () => {
    const { values, mean } = moments((random) => beta(1e-4, 1e-4, random));
    expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.02);
  });
});
