import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { evoNormB0, evoNormS0, type EvoNormParameters } from './evo-norm.ts';
import { elementsAt, goldenActivations, largestDifference } from '../testing/golden.ts';

const probes = [
  [0, 0, 0, 0],
  [1, 2, 0, 3],
  [3, 2, 2, 1],
];
const unit = (): EvoNormParameters => ({ gamma: tf.ones([4]), beta: tf.zeros([4]), v: tf.ones([4]) });
const gamma = [1, -1, 2, 0.5];
const beta = [0, 1, -1, 3];
const v = [1, 0.5, -1, 2];
const parameters = (): EvoNormParameters => ({
  gamma: tf.tensor1d(gamma),
  beta: tf.tensor1d(beta),
  v: tf.tensor1d(v),
});
const inputs = (): tf.Tensor[] => [
  goldenActivations(),
  ...Object.values(parameters() as unknown as tf.NamedTensorMap),
];

describe('evoNormB0', () => {
  it('gives the golden values in training', () => {
    const { y, variance } = evoNormB0(goldenActivations(), unit(), tf.ones([4]), { training: true });
    expect(largestDifference(elementsAt(y, probes), [-1.315481, -1.072207, 0.473216])).toBeLessThan(3e-6);
    const wanted = [0.936059, 0.933555, 0.934277, 0.934289];
    expect(largestDifference(variance.dataSync(), wanted)).toBeLessThan(1e-6);
  });

  it.each([true, false])('agrees with a float64 computation, training: %s', (training) => {
    const x = goldenActivations();
    const running = [0.5, 0.01, 4, 0.3];
    const { y, variance } = evoNormB0(x, parameters(), tf.tensor1d(running), { training, epsilon: 0.01 });
    const values = [...x.dataSync()];
    const varianceOf = (indices: number[]): number => {
      const mean = indices.reduce((sum, i) => sum + (values[i] ?? NaN), 0) / indices.length;
      return indices.reduce((sum, i) => sum + ((values[i] ?? NaN) - mean) ** 2, 0) / indices.length;
    };
    const all = values.map((_, i) => i);
    const wanted = values.map((value, i) => {
      const c = i % 4;
      const ofChannel = all.filter((k) => k % 4 === c);
      const ofInstance = ofChannel.filter((k) => Math.floor(k / 36) === Math.floor(i / 36));
      const batch = training ? varianceOf(ofChannel) : (running[c] ?? NaN);
      const other = (v[c] ?? NaN) * value + Math.sqrt(varianceOf(ofInstance) + 0.01);
      return ((gamma[c] ?? NaN) * value) / Math.max(Math.sqrt(batch + 0.01), other) + (beta[c] ?? NaN);
    });
    expect(largestDifference(y.dataSync(), wanted)).toBeLessThan(1e-5);
    if (!training) expect([...variance.dataSync()]).toEqual([...tf.tensor1d(running).dataSync()]);
  });

  it.each([true, false])('has the right gradients of x, γ, β and v, training: %s', (training) => {
    const running = tf.tensor1d([0.5, 0.01, 4, 0.3]);
    const f = (...[x, g, b, slope]: tf.Tensor[]): tf.Tensor =>
      evoNormB0(x as tf.Tensor, { gamma: g, beta: b, v: slope } as EvoNormParameters, running, { training })
        .y;
    // A small step, since the maximum has a kink.
    expect(worstGradientError(checkGradients(f, inputs(), { step: 2e-3 }))).toBeLessThan(1e-2);
  });

  it('refuses one value per channel in training and takes it in inference', () => {
    const x = tf.ones([1, 1, 1, 4]);
    expect(() => evoNormB0(x, unit(), tf.ones([4]), { training: true })).toThrow(
      /^EvoNorm-B0 got an input of shape \[1, 1, 1, 4\] in training: one value per channel has no variance/,
    );
    const { y } = evoNormB0(x, unit(), tf.ones([4]), { training: false });
    expect(y.dataSync()[0]).toBeCloseTo(1 / (1 + Math.sqrt(1e-3)), 5);
  });
});

describe('evoNormS0', () => {
  it('gives the golden values with 2 groups', () => {
    const y = evoNormS0(goldenActivations(), unit(), { groups: 2 });
    expect(largestDifference(elementsAt(y, probes), [-0.41891, -0.378268, 0.559328])).toBeLessThan(2e-6);
  });

  it.each([1, 2, 4])('has the right gradients of x, γ, β and v with %i groups', (groups) => {
    const f = (...[x, g, b, slope]: tf.Tensor[]): tf.Tensor =>
      evoNormS0(x as tf.Tensor, { gamma: g, beta: b, v: slope } as EvoNormParameters, { groups });
    expect(worstGradientError(checkGradients(f, inputs()))).toBeLessThan(3e-3);
  });

  it('normalizes features without positions, over the channels of a group', () => {
    const y = evoNormS0(tf.tensor2d([[1, 3, 10, 30]]), unit(), { groups: 2, epsilon: 0 });
    const wanted = [1, 3, 10, 30].map((x, i) => x / (1 + Math.exp(-x)) / (i < 2 ? 1 : 10));
    expect(largestDifference(y.dataSync(), wanted)).toBeLessThan(1e-5);
  });

  it('says which number of groups would fit, and refuses groups of single values', () => {
    expect(() => evoNormS0(goldenActivations(), unit(), { groups: 3 })).toThrow(
      /^EvoNorm-S0 with 3 groups got an input of 4 channels.*use 2 groups/,
    );
    expect(() => evoNormS0(tf.ones([2, 1, 1, 4]), unit(), { groups: 4 })).toThrow(
      /each group of a sample is a single value/,
    );
  });
});
