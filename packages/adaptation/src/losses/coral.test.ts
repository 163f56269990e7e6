import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { goldenRows, goldenTensor } from '../testing/golden-domains.ts';
import { CORAL_CONVENTIONS, coralLoss, type CoralConvention } from './coral.ts';

const value = (compute: () => tf.Tensor): number => tf.tidy(() => compute().dataSync()[0] ?? NaN);

const of = (convention?: CoralConvention): number =>
  value(() => coralLoss(goldenTensor('featuresSource'), goldenTensor('featuresTarget'), convention));

/** Covariance in float64, entry by entry. */
const covariance = (rows: number[][]): number[][] => {
  const mean = [0, 1, 2].map((j) => rows.reduce((sum, row) => sum + (row[j] ?? NaN), 0) / rows.length);
  const entry = (j: number, k: number): number =>
    rows.reduce(
      (sum, row) => sum + ((row[j] ?? NaN) - (mean[j] ?? NaN)) * ((row[k] ?? NaN) - (mean[k] ?? NaN)),
      0,
    ) /
    (rows.length - 1);
  return [0, 1, 2].map((j) => [0, 1, 2].map((k) => entry(j, k)));
};

describe('coralLoss', () => {
  it('is the paper’s by default, and the toolboxes’ on request', () => {
    // The formulas transcribed in float64.
    expect(of()).toBeCloseTo(0.0221041, 6);
    expect(of('mean')).toBeCloseTo(0.091079, 6);
  });

  it('divides each covariance by its own domain’s count', () => {
    const [source, target] = [goldenRows.featuresSource(3), goldenRows.featuresTarget(6)];
    const [a, b] = [covariance(source).flat(), covariance(target).flat()];
    const wanted = a.reduce((sum, entry, i) => sum + (entry - (b[i] ?? NaN)) ** 2, 0) / 36;
    expect(value(() => coralLoss(tf.tensor2d(source), tf.tensor2d(target)))).toBeCloseTo(wanted, 5);
  });

  it('does not see the means in the paper’s convention', () => {
    const source = goldenTensor('featuresSource');
    const gap = (convention: CoralConvention): number =>
      value(() => coralLoss(source, tf.add(source, 2), convention));
    expect(gap('paper')).toBeCloseTo(0, 6);
    expect(gap('mean')).toBeCloseTo(4, 4);
  });

  it.each(CORAL_CONVENTIONS)('differentiates %s in both domains', (convention) => {
    const inputs = [goldenTensor('featuresSource'), goldenTensor('featuresTarget', 5)];
    const loss = (s: tf.Tensor, t: tf.Tensor): tf.Tensor =>
      coralLoss(s as tf.Tensor2D, t as tf.Tensor2D, convention);
    const checks = checkGradients(loss as never, inputs);
    expect(worstGradientError(checks)).toBeLessThan(1e-3);
    expect(checks.some(({ analytic }) => Math.abs(analytic) > 1e-3)).toBe(true);
  });

  it('refuses a domain of one image', () => {
    expect(() => coralLoss(goldenTensor('featuresSource', 1), goldenTensor('featuresTarget'))).toThrow(
      'CORAL got 1 source and 4 target images: it needs 2 or more of each for a covariance; use larger batches.',
    );
  });

  it('leaves nothing behind', () => {
    const inputs = [goldenTensor('featuresSource'), goldenTensor('featuresTarget')] as const;
    const before = tf.memory().numTensors;
    CORAL_CONVENTIONS.forEach((convention) => coralLoss(...inputs, convention).dispose());
    expect(tf.memory().numTensors).toBe(before);
  });
});
