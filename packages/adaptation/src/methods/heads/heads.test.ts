import { namedVariables } from '@plumbline/training';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { goldenTensor } from '../../testing/golden-domains.ts';
import { adversarialClassifier } from './adversarial-classifier.ts';
import { answersForBoth } from './both-domains.ts';
import { domainDiscriminator } from './domain-discriminator.ts';

const names = (model: tfl.LayersModel): string[] => namedVariables(model).map(({ name }) => name);
const kernel = (model: tfl.LayersModel, layer: string): Float32Array =>
  model.getLayer(layer).getWeights()[0]?.dataSync<'float32'>() ?? new Float32Array();

describe('domainDiscriminator', () => {
  it('has the layers it is asked for', () => {
    expect(names(domainDiscriminator(3, 1, { hiddenWidth: 2, dropout: 0 }).model)).toEqual([
      'discriminator.fc1/kernel',
      'discriminator.fc1/bias',
      'discriminator.fc2/kernel',
      'discriminator.fc2/bias',
      'discriminator.out/kernel',
      'discriminator.out/bias',
    ]);
    const layers = (options: object): string[] =>
      domainDiscriminator(3, 1, { hiddenWidth: 2, ...options }).model.layers.map(({ name }) => name);
    expect(layers({})).toContain('discriminator.dropout2');
    expect(layers({ batchNorm: true })).toContain('discriminator.bn2');
    expect(layers({ batchNorm: true })).not.toContain('discriminator.dropout2');
  });

  it('begins with kernels from ±1/√inputs, by its seed', () => {
    const [first, twin, other] = [1, 1, 2].map((seed) => domainDiscriminator(64, seed, { hiddenWidth: 100 }));
    const values = kernel(first?.model as tfl.LayersModel, 'discriminator.fc1');
    const largest = Math.max(...values.map(Math.abs));
    expect(largest).toBeLessThanOrEqual(1 / 8);
    expect(largest).toBeGreaterThan(0.99 / 8);
    expect(kernel(twin?.model as tfl.LayersModel, 'discriminator.fc1')).toEqual(values);
    expect(kernel(other?.model as tfl.LayersModel, 'discriminator.fc1')).not.toEqual(values);
  });

  it('normalizes both domains by one batch, if it normalizes at all', () => {
    const answer = (batchNorm: boolean, targets: tf.Tensor2D): number[] => {
      const head = domainDiscriminator(3, 1, { hiddenWidth: 8, dropout: 0, batchNorm });
      const { source, target } = answersForBoth(head, {
        source: goldenTensor('featuresSource', 3),
        target: targets,
      });
      expect([source.shape, target.shape]).toEqual([
        [3, 1],
        [5, 1],
      ]);
      return [...source.dataSync()];
    };
    const [near, far] = [goldenTensor('featuresTarget', 5), tf.add(goldenTensor('featuresTarget', 5), 4)];
    expect(answer(false, far as tf.Tensor2D)).toEqual(answer(false, near));
    expect(answer(true, far as tf.Tensor2D)).not.toEqual(answer(true, near));
  });

  it('advances running averages once a step, by all images', () => {
    const head = domainDiscriminator(3, 1, { hiddenWidth: 8, batchNorm: true });
    const batch = { source: goldenTensor('featuresSource', 3), target: goldenTensor('featuresTarget', 5) };
    tf.tidy(() => void answersForBoth(head, batch));
    const [weights, bias] = head.model.getLayer('discriminator.fc1').getWeights() as [
      tf.Tensor2D,
      tf.Tensor1D,
    ];
    const means = tf.mean(tf.add(tf.matMul(tf.concat([batch.source, batch.target]), weights), bias), 0);
    const movingMean = namedVariables(head.model).find(({ name }) => name === 'discriminator.bn1/movingMean');
    const expected = means.dataSync().map((mean) => 0.1 * mean);
    movingMean?.variable.dataSync().forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 5));
  });
});

describe('adversarialClassifier', () => {
  it('begins with small kernels, so that it has no opinion', () => {
    const { model, learningRateScale } = adversarialClassifier(100, 5, 1, { hiddenWidth: 200 });
    expect(learningRateScale).toBe(1);
    const values = [...kernel(model, 'adversarialClassifier.fc1')];
    const deviation = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
    expect(deviation).toBeGreaterThan(0.0098);
    expect(deviation).toBeLessThan(0.0102);
    expect(model.outputs[0]?.shape).toEqual([null, 5]);
  });
});
