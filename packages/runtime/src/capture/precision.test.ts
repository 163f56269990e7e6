import { conv2d } from '@plumbline/ops';
import { goldenSequence } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { hasGraphs, largestDifference } from './capture.test.support.ts';
import { CapturedStep } from './captured-step.ts';
import type { Precision } from './runnable-graph.ts';

/** Three convolutions, one of them dilated and one in groups, and a matrix product; the loss and what all weights become. */
function train(precision: Precision, messages: string[]): number[][] {
  const golden = (shape: number[], at: number): tf.Tensor =>
    tf.tensor(goldenSequence(tf.util.sizeFromShape(shape), at), shape);
  const weights = [
    golden([3, 3, 3, 8], 1),
    golden([3, 3, 2, 8], 4),
    golden([3, 3, 8, 4], 2),
    golden([4, 2], 3),
  ].map((start) => tf.variable(tf.mul(start, 0.3)));
  const [first, grouped, second, last] = weights as [
    tf.Variable<tf.Rank.R4>,
    tf.Variable<tf.Rank.R4>,
    tf.Variable<tf.Rank.R4>,
    tf.Variable<tf.Rank.R2>,
  ];
  const lossOf = (x: tf.Tensor4D): tf.Scalar => {
    const middle = tf.tanh(conv2d(tf.tanh(conv2d(x, first)), grouped, { groups: 4 }));
    const features = conv2d(middle, second, { dilation: 2 });
    return tf.mean(tf.square(tf.sub(tf.matMul(tf.mean<tf.Tensor2D>(features, [1, 2]), last), 0.25)));
  };
  const step = new CapturedStep(
    (x: tf.Tensor4D) =>
      tf.tidy(() => {
        const { value, grads } = tf.variableGrads(() => lossOf(x), weights);
        for (const weight of weights)
          weight.assign(tf.sub(weight, tf.mul(grads[weight.name] as tf.Tensor, 0.05)));
        return value;
      }),
    { precision, onEager: (reason) => void messages.push(reason) },
  );
  const losses = [0, 1, 2].map((index) =>
    tf.tidy(() => step.run(golden([2, 9, 9, 3], 11 * index) as tf.Tensor4D).dataSync()[0] ?? NaN),
  );
  expect(step.isCaptured).toBe(hasGraphs);
  step.dispose();
  const results = weights.map((weight) => [...weight.dataSync()]);
  tf.dispose(weights);
  return [losses, ...results];
}

describe.runIf(hasGraphs)('precision bf16 (needs the native engine)', () => {
  it('gives about what float32 gives, forward and backward, and not the same', () => {
    const messages: string[] = [];
    const exact = train('float32', messages);
    const rounded = train('bf16', messages);
    expect(messages).toEqual([]);
    expect(largestDifference(exact.slice(0, 1), rounded.slice(0, 1))).toBeGreaterThan(1e-6);
    for (const [place, values] of exact.entries()) {
      const size = Math.max(...values.map(Math.abs));
      expect(largestDifference([values], [rounded[place] ?? []]) / size).toBeLessThan(0.01);
    }
  });
});
