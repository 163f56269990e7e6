import { checkGradients } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { goldenTensor } from '../testing/golden-domains.ts';
import type { DomainWeights } from './domain-cross-entropy.ts';
import { entropyWeights, reversedEntropyWeights } from './entropy-weights.ts';
import { softmaxEntropies } from './softmax-entropy.ts';

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
const hosted = ({ source, target }: DomainWeights): [number[], number[]] => [
  [...source.dataSync()],
  [...target.dataSync()],
];

/** A sum of weights, each with its own factor: their mean alone is constant. */
const mixed = ({ source, target }: DomainWeights): tf.Tensor => {
  const all = tf.concat([source, target]);
  return tf.sum(tf.mul(all, tf.cos(tf.range(0, all.size))));
};

describe('entropyWeights', () => {
  it('have the golden values of CDAN+E', () => {
    const [source, target] = hosted(
      entropyWeights(goldenTensor('logitsSource'), goldenTensor('logitsTarget')),
    );
    // tllib's formula, transcribed in float64 (with its 1e-5 inside the logarithm).
    const golden = [1.002477, 1.01223, 0.987019, 1.001976, 1.01114, 0.999044, 0.98851, 0.997604];
    [...source, ...target].forEach((weight, i) => expect(weight).toBeCloseTo(golden[i] ?? NaN, 5));
  });

  it('have mean 1 over all images of unequal batches, and prefer the surer domain', () => {
    const sure = tf.mul(goldenTensor('logitsSource', 2), 9) as tf.Tensor2D;
    const [source, target] = hosted(entropyWeights(sure, goldenTensor('logitsTarget', 5)));
    expect(mean([...source, ...target])).toBeCloseTo(1, 6);
    expect(mean(source)).toBeGreaterThan(1.1);
  });

  it('let no gradient through', () => {
    const gradients = tf.grads((s: tf.Tensor, t: tf.Tensor) => {
      const weights = mixed(entropyWeights(s as tf.Tensor2D, t as tf.Tensor2D));
      return tf.add(weights, tf.add(tf.mul(0, tf.sum(s)), tf.mul(0, tf.sum(t))));
    })([goldenTensor('logitsSource'), goldenTensor('logitsTarget')]);
    for (const gradient of gradients) expect(gradient.dataSync().every((value) => value === 0)).toBe(true);
  });
});

describe('reversedEntropyWeights', () => {
  it('have mean 1 in each domain', () => {
    const sure = tf.mul(goldenTensor('logitsSource', 2), 9) as tf.Tensor2D;
    const target = goldenTensor('logitsTarget', 5);
    for (const weights of hosted(reversedEntropyWeights(sure, target, 0.3)))
      expect(mean(weights)).toBeCloseTo(1, 6);
  });

  it.each([0.3, 1])('let the gradient through times −%d', (strength) => {
    const inputs = [goldenTensor('logitsSource', 3), goldenTensor('logitsTarget', 5)];
    // What the gradient would be without a reversal: that of the same weights with their mean held.
    const means = inputs.map((logits) =>
      mean([...tf.add(1, tf.exp(tf.neg(softmaxEntropies(logits)))).dataSync()]),
    );
    const plain = checkGradients((...logits) => {
      const [source, target] = logits.map((x, i) =>
        tf.div(tf.add(1, tf.exp(tf.neg(softmaxEntropies(x as tf.Tensor2D)))), means[i] ?? NaN),
      );
      return mixed({ source, target } as DomainWeights);
    }, inputs);
    const reversed = checkGradients(
      (s, t) => mixed(reversedEntropyWeights(s as tf.Tensor2D, t as tf.Tensor2D, tf.scalar(strength))),
      inputs,
    );
    reversed.forEach(({ analytic }, i) =>
      expect(analytic).toBeCloseTo(-strength * (plain[i]?.numeric ?? NaN), 3),
    );
    expect(Math.max(...reversed.map(({ analytic }) => Math.abs(analytic)))).toBeGreaterThan(0.02 * strength);
  });
});
