import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { goldenTensor } from '../testing/golden-domains.ts';
import { entropyLoss, informationMaximization, softmaxEntropies } from './softmax-entropy.ts';

const value = (compute: () => tf.Tensor): number => tf.tidy(() => compute().dataSync()[0] ?? NaN);
const sure = (classes: number[]): tf.Tensor2D =>
  tf.mul(tf.oneHot(tf.tensor1d(classes, 'int32'), 4), 1000) as tf.Tensor2D;

describe('entropies of predictions', () => {
  it('are those of TENT’s formula', () => {
    // Transcribed in float64.
    expect(value(() => entropyLoss(goldenTensor('logitsTarget')))).toBeCloseTo(1.040685, 5);
  });

  it('are log K for an undecided image and 0 for a sure one, however large its logit', () => {
    const logits = tf.concat([tf.zeros<tf.Rank.R2>([1, 4]), sure([2])]);
    const [undecided, decided] = softmaxEntropies(logits).dataSync();
    expect(undecided).toBeCloseTo(Math.log(4), 6);
    expect(decided).toBeCloseTo(0, 6);
  });

  it('have the gradient of their value', () => {
    const loss = (x: tf.Tensor): tf.Tensor => entropyLoss(x as tf.Tensor2D);
    expect(worstGradientError(checkGradients(loss, [goldenTensor('logitsTarget', 5)]))).toBeLessThan(1e-3);
  });
});

describe('informationMaximization', () => {
  it('is −log K for sure predictions of all classes, and 0 for sure predictions of one', () => {
    expect(value(() => informationMaximization(sure([0, 1, 2, 3])).loss)).toBeCloseTo(-Math.log(4), 5);
    expect(value(() => informationMaximization(sure([1, 1, 1])).loss)).toBeCloseTo(0, 5);
  });

  it('is its entropy less its diversity', () => {
    const logits = goldenTensor('logitsTarget');
    const mean = tf.mean(tf.softmax(logits), 0);
    const wanted = value(() => tf.neg(tf.sum(tf.mul(mean, tf.log(mean)))));
    const { loss, entropy, diversity } = informationMaximization(logits);
    expect(value(() => diversity)).toBeCloseTo(wanted, 6);
    expect(value(() => entropy)).toBeCloseTo(1.040685, 5);
    expect(value(() => loss)).toBeCloseTo(1.040685 - wanted, 5);
  });

  it('has the gradient of its value, finite where a class is absent', () => {
    const loss = (x: tf.Tensor): tf.Tensor => informationMaximization(x as tf.Tensor2D).loss;
    expect(worstGradientError(checkGradients(loss, [goldenTensor('logitsTarget', 5)]))).toBeLessThan(1e-3);
    expect(
      [
        ...tf
          .grad(loss)(sure([1, 1]))
          .dataSync(),
      ].every(Number.isFinite),
    ).toBe(true);
  });

  it('leaves nothing behind', () => {
    const logits = goldenTensor('logitsTarget');
    const before = tf.memory().numTensors;
    const { loss, entropy, diversity } = informationMaximization(logits);
    tf.dispose([loss, entropy, diversity]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
