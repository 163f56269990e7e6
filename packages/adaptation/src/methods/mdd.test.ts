import { describe, expect, it } from 'vitest';
import { DIMENSIONS, networkAnswers, stepResult } from '../testing/adversarial-steps.ts';
import { mdd, type MddOptions } from './mdd.ts';

const strengthAt = (step: number, options: MddOptions = {}): number => {
  const method = mdd({ adversary: { hiddenWidth: 4 }, ...options })(DIMENSIONS);
  method.onStep?.(step);
  const strength = stepResult(method, networkAnswers()).terms['reversalStrength'] ?? NaN;
  method.dispose();
  return strength;
};

describe('mdd', () => {
  it('reverses up to 0.1 unless told otherwise', () => {
    expect(strengthAt(1e6)).toBeCloseTo(0.1, 6);
    expect(strengthAt(1e6, { reversal: { steps: 10 } })).toBeCloseTo(0.1, 6);
    expect(strengthAt(1e6, { reversal: { high: 0.7 } })).toBeCloseTo(0.7, 6);
  });

  it('has a second classifier of two layers, with all the network’s classes', () => {
    const method = mdd()({ ...DIMENSIONS, featureCount: 256, classCount: 31 });
    const { model } = method.heads[0] ?? {};
    expect(model?.outputs[0]?.shape).toEqual([null, 31]);
    expect(model?.countParams()).toBe(257 * 1024 + 1025 * 31 + 1);
    method.dispose();
  });

  it('weighs the source by its margin', () => {
    const transfer = (margin: number): number => {
      const method = mdd({ margin, adversary: { hiddenWidth: 4, dropout: 0 } })(DIMENSIONS);
      const { terms } = stepResult(method, networkAnswers());
      method.dispose();
      return terms['transfer'] ?? NaN;
    };
    // A second classifier at its start has no opinion: cross-entropy log 3 on the source, 1 − p of 2/3 on the target.
    expect(transfer(0)).toBeCloseTo(-Math.log(2 / 3), 2);
    expect(transfer(4)).toBeCloseTo(4 * Math.log(3) - Math.log(2 / 3), 2);
  });

  it('refuses options out of their range', () => {
    expect(() => mdd({ margin: -4 })).toThrow('MDD got margin -4: use a number from 0.');
    expect(() => mdd({ weight: -1 })).toThrow('MDD got weight -1: use a number from 0.');
  });
});
