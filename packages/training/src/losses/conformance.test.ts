// What every loss promises: void pixels never count, no valid pixel is no loss, the gradient is that of the value, and
// nothing is left behind.

import * as tf from '@tensorflow/tfjs-core';
import { checkGradients, worstGradientError } from '@plumbline/test-support';
import { describe, expect, it } from 'vitest';
import {
  ALL_VOID,
  BACKENDS,
  gradientDistance,
  LABELS,
  labelsTensor,
  leftBehind,
  LOGITS,
  logitsTensor,
  lossValues,
  type LossFunction,
} from '../testing/loss-case.ts';
import { crossEntropyLoss } from './cross-entropy.ts';
import { diceLoss } from './dice.ts';
import { focalLoss } from './focal.ts';
import { lovaszLoss } from './lovasz.ts';
import { segmentationLoss } from './segmentation-loss.ts';

const classWeights = [0.5, 2, 1.5, 3];
const losses: [string, LossFunction][] = [
  ['cross-entropy', (x, y) => crossEntropyLoss(x, y)],
  ['weighted cross-entropy', (x, y) => crossEntropyLoss(x, y, { classWeights })],
  ['smoothed cross-entropy', (x, y) => crossEntropyLoss(x, y, { labelSmoothing: 0.2 })],
  [
    'smoothed, weighted, hard',
    (x, y) => crossEntropyLoss(x, y, { labelSmoothing: 0.1, classWeights, keptShare: 0.4 }),
  ],
  ['hard cross-entropy', (x, y) => crossEntropyLoss(x, y, { keptShare: 0.3, threshold: 0.3 })],
  ['focal', (x, y) => focalLoss(x, y)],
  ['focal below one', (x, y) => focalLoss(x, y, { gamma: 0.5, classWeights, keptShare: 0.7 })],
  ['dice', (x, y) => diceLoss(x, y)],
  ['lovasz', (x, y) => lovaszLoss(x, y)],
  [
    'a sum',
    (x, y) => segmentationLoss(x, y, { factors: { crossEntropy: 0.5, dice: 1, lovasz: 2, focal: 0.1 } }),
  ],
];

describe.each(losses)('%s', (_name, of) => {
  it('has the gradient of finite differences', () => {
    const labels = labelsTensor();
    const checks = checkGradients((x) => of(x as tf.Tensor4D, labels).loss, [logitsTensor()], {
      probes: 96,
      step: 1e-2,
    });
    expect(worstGradientError(checks)).toBeLessThan(2e-3);
  });

  it('does not see the logits of void pixels, and gives them no gradient', async () => {
    const isVoid = LABELS.map((label) => label === 255);
    const changed = LOGITS.map((row, p) => (isVoid[p] === true ? row.map((value, c) => 9 * c - value) : row));
    const one = await lossValues(of);
    const other = await lossValues(of, LABELS, changed);
    expect(other.loss).toBeCloseTo(one.loss, 6);
    expect(gradientDistance(one, other)).toBeLessThan(1e-6);
    expect(one.weight).toBe(isVoid.filter((it) => !it).length);
    const ofVoid = one.gradient.filter((_, i) => isVoid[Math.floor(i / 4)]);
    expect(ofVoid).toHaveLength(4 * isVoid.filter(Boolean).length);
    expect(ofVoid.every((value) => value === 0)).toBe(true);
    expect(Math.max(...one.gradient.map(Math.abs))).toBeGreaterThan(1e-3);
  });

  it.each(BACKENDS)('is 0 with a zero gradient where all is void, on %s', async (backend) => {
    const { loss, weight, gradient } = await lossValues(of, ALL_VOID, LOGITS, backend);
    expect([loss, weight]).toEqual([0, 0]);
    expect(gradient.every((value) => value === 0)).toBe(true);
  });

  it.runIf(BACKENDS.length > 1)('agrees between the backends', async () => {
    const [first, second] = await Promise.all(
      BACKENDS.map(async (backend) => lossValues(of, LABELS, LOGITS, backend)),
    );
    if (first === undefined || second === undefined) throw new Error('two backends are needed');
    expect(second.loss).toBeCloseTo(first.loss, 5);
    expect(gradientDistance(first, second)).toBeLessThan(1e-6);
  });

  it('takes sure and wrong answers without leaving the finite numbers', async () => {
    const extreme = LOGITS.map((_, p) => [0, 1, 2, 3].map((c) => (c === p % 4 ? 60 : -60)));
    const { loss, gradient } = await lossValues(of, LABELS, extreme);
    expect(Number.isFinite(loss)).toBe(true);
    expect(gradient.every(Number.isFinite)).toBe(true);
  });

  it('does not let a label pass that is no class', async () => {
    const wrong = LABELS.map((label, p) => (p === 4 ? 4 : label));
    // A class weight is looked up by label, which throws; everything else gives NaN, which ends the run.
    const loss = lossValues(of, wrong, LOGITS, 'cpu').then((values) => values.loss);
    expect(await loss.catch((error: Error) => error.message)).toSatisfy(
      (got) => Number.isNaN(got) || /index value 4 is not in \[0, 3\]/.test(String(got)),
    );
  });

  it('leaves nothing behind', () => {
    expect(leftBehind(of)).toBe(0);
  });

  it('refuses logits and labels that do not fit', () => {
    const labels = labelsTensor();
    expect(() => of(tf.zeros([2, 3, 5, 4]), labels)).toThrow(/batch, height and width must be equal/);
    expect(() => of(tf.zeros([2, 3, 4]) as never, labels)).toThrow(/wanted float32 \[N, H, W, classes\]/);
    expect(() => of(logitsTensor(), tf.cast(labels, 'float32'))).toThrow(/wanted int32 class indices/);
  });
});
