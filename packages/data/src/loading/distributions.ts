// Random numbers that are not uniform.
import type { Random } from './random.ts';

/** Standard normal, by the polar method (Marsaglia & Bray 1964). */
export function normal(random: Random): number {
  for (;;) {
    const u = random.uniform(-1, 1);
    const v = random.uniform(-1, 1);
    const square = u * u + v * v;
    if (square > 0 && square < 1) return u * Math.sqrt((-2 * Math.log(square)) / square);
  }
}

/**
 * The logarithm of a number from Gamma(shape, 1), by Marsaglia & Tsang (2000, "A simple method for generating gamma
 * variables"). Below a shape of 1 it is log Gamma(shape + 1) + log U / shape; its number itself would often be 0.
 */
export function logGamma(shape: number, random: Random): number {
  const isSmall = shape < 1;
  const d = (isSmall ? shape + 1 : shape) - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    const u = 1 - random.uniform(0, 1);
    if (v > 0 && Math.log(u) < 0.5 * x * x + d * (1 - v + Math.log(v))) {
      const boost = isSmall ? Math.log(1 - random.uniform(0, 1)) / shape : 0;
      return Math.log(d * v) + boost;
    }
  }
}

/** A number of 0…1 from Beta(a, b), of two gamma draws. */
export function beta(a: number, b: number, random: Random): number {
  const [own, other] = [logGamma(a, random), logGamma(b, random)];
  return 1 / (1 + Math.exp(other - own));
}
