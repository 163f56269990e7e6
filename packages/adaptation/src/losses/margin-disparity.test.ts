import { checkGradients, worstGradientError } from '@plumbline/test-support';
import { classificationLoss } from '@plumbline/training';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { goldenTensor } from '../testing/golden-domains.ts';
import { marginDisparity, type TwoClassifiers } from './margin-disparity.ts';

const source = (count = 4): TwoClassifiers => ({
  logits: goldenTensor('logitsSource', count),
  adversarialLogits: goldenTensor('adversarialSource', count),
});
const target = (count = 4): TwoClassifiers => ({
  logits: goldenTensor('logitsTarget', count),
  adversarialLogits: goldenTensor('adversarialTarget', count),
});
const value = (x: tf.Tensor): number => x.dataSync()[0] ?? NaN;

describe('marginDisparity', () => {
  it('has the golden values', () => {
    // tllib's formula with γ 4, transcribed in float64 (with its 1e-6 inside the logarithm).
    expect(value(marginDisparity(source(), target()))).toBeCloseTo(5.091221, 5);
    expect(value(marginDisparity(source(), target(), 0))).toBeCloseTo(0.391736, 5);
    const agreement = value(marginDisparity(source(), target(), 1)) - 0.391736;
    expect(agreement).toBeCloseTo(1.174871, 5);
  });

  it('compares with the first classifier’s classes, one mean a domain', () => {
    const classes = tf.argMax(goldenTensor('logitsSource', 5), 1) as tf.Tensor1D;
    const agreement = value(classificationLoss(goldenTensor('adversarialSource', 5), classes).loss);
    const alone = value(marginDisparity(source(5), target(2), 0));
    expect(value(marginDisparity(source(5), target(2), 3))).toBeCloseTo(3 * agreement + alone, 5);
  });

  it('has the gradient of its value for the second classifier, and none for the first', () => {
    const [s, t] = [source(3), target(5)];
    const loss = (ofSource: tf.Tensor, ofTarget: tf.Tensor): tf.Tensor =>
      marginDisparity(
        { logits: s.logits, adversarialLogits: ofSource as tf.Tensor2D },
        { logits: t.logits, adversarialLogits: ofTarget as tf.Tensor2D },
      );
    const checks = checkGradients(loss, [s.adversarialLogits, t.adversarialLogits]);
    expect(worstGradientError(checks)).toBeLessThan(2e-3);

    const first = tf.variable(s.logits, true, 'logitsOfTheFirstClassifier');
    const second = tf.variable(s.adversarialLogits, true, 'logitsOfTheSecondClassifier');
    const { grads } = tf.variableGrads(
      () => marginDisparity({ logits: first as tf.Tensor2D, adversarialLogits: second as tf.Tensor2D }, t),
      [first, second],
    );
    expect(grads[first.name] ?? null).toBeNull();
    expect(grads[second.name]).toBeDefined();
    tf.dispose([first, second, grads]);
  });

  it('stays finite, and keeps its slope, where the second classifier is sure of the first’s class', () => {
    const logits = tf.tensor2d([[100, 0, 0]]);
    const { value: loss, grad } = tf.valueAndGrad((z: tf.Tensor) =>
      marginDisparity(source(), { logits, adversarialLogits: z as tf.Tensor2D }, 0),
    )(logits);
    // −log(1 − p) with 1 − p = 2 e^−100 / (1 + 2 e^−100).
    expect(value(loss)).toBeCloseTo(100 - Math.log(2), 4);
    expect([...grad.dataSync()]).toEqual([1, -0.5, -0.5]);
  });
});
