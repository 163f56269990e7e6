import { describe, expect, it } from 'vitest';
import { reversalSchedule } from './reversal-schedule.ts';

describe('reversalSchedule', () => {
  it('is tllib’s without options, and not stopped at N', () => {
    const strength = reversalSchedule();
    expect(strength(0)).toBe(0);
    // Values of 2 / (1 + exp(−i / 1000)) − 1 in float64.
    expect(strength(100)).toBeCloseTo(0.0499584, 6);
    expect(strength(1000)).toBeCloseTo(0.4621172, 6);
    expect(strength(2000)).toBeCloseTo(0.7615942, 6);
    expect(strength(5000)).toBeCloseTo(0.9866143, 6);
  });

  it('is the paper’s with α 10 over the whole training', () => {
    const total = 10_000;
    const strength = reversalSchedule({ alpha: 10, steps: total });
    for (const progress of [0.05, 0.3, 1])
      expect(strength(progress * total)).toBeCloseTo(2 / (1 + Math.exp(-10 * progress)) - 1, 12);
  });

  it('goes from low to high, upwards or downwards', () => {
    expect(reversalSchedule({ low: 0.2, high: 0.1 })(0)).toBe(0.2);
    expect(reversalSchedule({ low: 0.2, high: 0.1 })(1e6)).toBeCloseTo(0.1, 12);
    expect(reversalSchedule({ high: 0.1 })(1000)).toBeCloseTo(0.04621172, 8);
  });

  it('refuses what has no meaning', () => {
    expect(() => reversalSchedule({ steps: 0 })).toThrow(
      'reversal.steps must be a number above 0, and it is 0.',
    );
    expect(() => reversalSchedule({ alpha: Infinity })).toThrow(
      'reversal.alpha must be a number above 0, and it is Infinity.',
    );
    expect(() => reversalSchedule({ high: -1 })).toThrow(
      'reversal.high is -1: give a strength of 0 or more; the reversal itself turns the sign.',
    );
  });
});
