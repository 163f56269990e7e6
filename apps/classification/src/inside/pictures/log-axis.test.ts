import { describe, expect, it } from 'vitest';
import { logTickLabel, logTicks } from './log-axis.ts';

describe('a logarithmic axis', () => {
  it('has 1, 2 and 5 within two decades', () => {
    expect(logTicks([0.3, 4])).toEqual([0.2, 0.5, 1, 2, 5]);
    expect(logTicks([1, 10])).toEqual([1, 2, 5, 10]);
  });

  it('has powers of ten beyond, few enough to be read', () => {
    expect(logTicks([0.002, 30])).toEqual([0.001, 0.01, 0.1, 1, 10, 100]);
    const far = logTicks([1e-12, 3e20]);
    expect(far.length).toBeLessThanOrEqual(8);
    expect([far[0], (far.at(-1) ?? 0) >= 3e20]).toEqual([1e-12, true]);
  });

  it('has a range around one value, and without values', () => {
    expect(logTicks([2])).toEqual([2, 5]);
    expect(logTicks([3])).toEqual([2, 5]);
    expect(logTicks([])).toEqual([1, 2, 5, 10]);
  });

  it('writes numbers as people do', () => {
    expect([0.001, 0.5, 10_000, 1e6, 1e-12, 2e-5].map(logTickLabel)).toEqual([
      '0.001',
      '0.5',
      '10000',
      '10⁶',
      '10⁻¹²',
      '2·10⁻⁵',
    ]);
  });
});
