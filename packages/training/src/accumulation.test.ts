import * as tf from '@tensorflow/tfjs-core';
import { goldenSequence } from '@plumbline/test-support';
import { describe, expect, it } from 'vitest';
import { accumulateGradients, type ForwardResult } from './accumulation.ts';
import type { Communicator } from './communicator.ts';

interface Pixels {
  /** [pixels, 3] */
  features: number[][];
  /** −1: not valid. */
  targets: number[];
}

const kernel = (): tf.Variable => tf.variable(tf.tensor2d(goldenSequence(3, 5), [3, 1]));

/** Mean squared error of a linear model over valid pixels: every pixel by itself, as in a batch-independent net. */
const meanLoss =
  (weights: tf.Variable) =>
  ({ features, targets }: Pixels): ForwardResult => {
    const y = tf.tensor1d(targets);
    const valid = tf.cast(tf.greaterEqual(y, 0), 'float32');
    const error = tf.sub(tf.reshape(tf.matMul(tf.tensor2d(features), weights as tf.Tensor2D), [-1]), y);
    const weight = tf.sum<tf.Scalar>(valid);
    return {
      loss: tf.div(tf.sum<tf.Scalar>(tf.mul(valid, tf.square(error))), tf.maximum(weight, 1)),
      weight,
    };
  };

const values = goldenSequence(30);
const features = Array.from({ length: 10 }, (_, i) => values.slice(3 * i, 3 * i + 3));
const targets = [0.5, -1, 2, -1, -1, 0.25, 1, 3, -1, 0];
const whole: Pixels = { features, targets };
/** 2, 1, 2, 0 and 1 valid pixels. */
const parts = [
  [0, 3],
  [3, 6],
  [6, 8],
  [8, 9],
  [9, 10],
].map(([from, to]) => ({ features: features.slice(from, to), targets: targets.slice(from, to) }));

describe('accumulateGradients', () => {
  it('gives the gradient of the whole batch from micro-batches with unequal numbers of valid pixels', () => {
    const weights = kernel();
    const forward = meanLoss(weights);
    const one = accumulateGradients([whole], forward, [weights]);
    const many = accumulateGradients(parts, forward, [weights]);
    expect(many.loss.dataSync()[0]).toBeCloseTo(one.loss.dataSync()[0] ?? NaN, 5);
    expect(many.weight.dataSync()[0]).toBe(6);
    const expected = [...(one.gradients[weights.name]?.dataSync() ?? [])];
    expected.forEach((g, i) => expect(many.gradients[weights.name]?.dataSync()[i]).toBeCloseTo(g, 5));

    // The plain mean of the parts' gradients is something else: the test can fail.
    const plain = tf.tidy(() =>
      tf.mean(
        tf.stack(
          parts.map((p) => accumulateGradients([p], forward, [weights]).gradients[weights.name] as tf.Tensor),
        ),
        0,
      ),
    );
    expect(Math.max(...expected.map((g, i) => Math.abs(g - (plain.dataSync()[i] ?? NaN))))).toBeGreaterThan(
      0.05,
    );
  });

  it('sums over processes: two of them with half the batch each make the whole', () => {
    const weights = kernel();
    const forward = meanLoss(weights);
    const other = accumulateGradients(parts.slice(2), forward, [weights]);
    const ofOther = new Map<string, tf.Tensor>();
    const twoProcesses: Communicator = {
      rank: 0,
      size: 2,
      allReduceSum: ([loss, weight, gradient]) => {
        ofOther.set('called', loss as tf.Tensor);
        const n = other.weight;
        return [
          tf.add(loss as tf.Tensor, tf.mul(other.loss, n)),
          tf.add(weight as tf.Tensor, n),
          tf.add(gradient as tf.Tensor, tf.mul(other.gradients[weights.name] as tf.Tensor, n)),
        ];
      },
    };
    const both = accumulateGradients(parts.slice(0, 2), forward, [weights], twoProcesses);
    const one = accumulateGradients([whole], forward, [weights]);
    expect(ofOther.size).toBe(1);
    expect(both.gradients[weights.name]?.dataSync()[1]).toBeCloseTo(
      one.gradients[weights.name]?.dataSync()[1] ?? NaN,
      5,
    );
  });

  it('leaves no tensor but what it returns, and gives zeros where no pixel is valid', () => {
    const weights = kernel();
    const nothing = { features: features.slice(0, 2), targets: [-1, -1] };
    const before = tf.memory().numTensors;
    const result = accumulateGradients([nothing, nothing], meanLoss(weights), [weights]);
    expect(tf.memory().numTensors).toBe(before + 3);
    expect([...(result.gradients[weights.name]?.dataSync() ?? [])]).toEqual([0, 0, 0]);
    expect(result.loss.dataSync()[0]).toBe(0);
  });
});
