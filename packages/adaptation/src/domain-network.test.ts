import { NormDense, parseRecipe } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DomainNetwork, type DomainBatching } from './domain-network.ts';
import type { DomainOutputs } from './method.ts';

/** 2×2 images of one channel → a convolution and its normalization → 4 features → 3 logits. */
function network(recipeName: string, batching: DomainBatching): DomainNetwork {
  const recipe = parseRecipe(recipeName, { seed: 3, groups: 2, onWarning: () => undefined });
  const image = tfl.input({ shape: [2, 2, 1], name: 'image' });
  let x = recipe.conv({ name: 'backbone.conv', filters: 4, kernelSize: 2, padding: 'valid' }).apply(image);
  x = recipe.norm({ name: 'backbone.norm' })?.apply(x) ?? x;
  const features = tfl.layers.flatten({ name: 'flat' }).apply(x) as tfl.SymbolicTensor;
  const dense = new NormDense({
    name: 'classifier.fc',
    units: 3,
    kernelInitializer: tfl.initializers.glorotNormal({ seed: 1 }),
  });
  const logits = dense.apply(features) as tfl.SymbolicTensor;
  return new DomainNetwork(tfl.model({ inputs: image, outputs: [features, logits] }), batching);
}

const images = (count: number, scale: number): tf.Tensor4D =>
  tf.tensor4d(
    Float32Array.from({ length: 4 * count }, (_, i) => scale * Math.sin(1 + 2.3 * i)),
    [count, 2, 2, 1],
  );

const features = (outputs: DomainOutputs | undefined): number[] => [...(outputs?.features.dataSync() ?? [])];

const BATCHINGS = ['joint', 'separate', 'split'] as const;

describe('DomainNetwork', () => {
  beforeEach(() => {
    tf.engine().startScope();
  });
  afterEach(() => {
    tf.engine().endScope();
  });

  const both = (recipe: string, batching: DomainBatching): { source: number[]; target: number[] } => {
    const { source, target } = network(recipe, batching).forward({
      source: images(3, 1),
      target: images(2, 4),
    });
    return { source: features(source), target: features(target) };
  };
  const farthest = (a: number[], b: number[]): number =>
    Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? NaN))));

  it.each(['wa', 'gn', 'ws+gn', 'wa+gn', 'none'])(
    '%s gives the same features joint, separate, split and image by image',
    (recipe) => {
      const joint = both(recipe, 'joint');
      expect(joint.source).toHaveLength(12);
      expect(joint.target).toHaveLength(8);
      for (const batching of BATCHINGS) {
        const other = both(recipe, batching);
        expect(farthest(joint.source, other.source)).toBeLessThan(1e-6);
        expect(farthest(joint.target, other.target)).toBeLessThan(1e-6);
      }
      const alone = network(recipe, 'separate');
      const one = tf
        .unstack(images(3, 1))
        .flatMap((image) => features(alone.forward({ source: tf.expandDims<tf.Tensor4D>(image) }).source));
      expect(farthest(joint.source, one)).toBeLessThan(1e-6);
    },
  );

  it.each(['bn', 'wa+bn'])('%s depends on how the domains meet', (recipe) => {
    const [joint, separate, split] = BATCHINGS.map((batching) => both(recipe, batching));
    expect(farthest(joint?.source ?? [], separate?.source ?? [])).toBeGreaterThan(0.1);
    expect(farthest(split?.source ?? [], separate?.source ?? [])).toBeLessThan(1e-5);
    expect(farthest(split?.target ?? [], separate?.target ?? [])).toBeLessThan(1e-5);
  });

  it.each(['separate', 'split'] as const)(
    'domain-specific batch norm learns a branch per domain, %s',
    (batching) => {
      const made = network('dsbn', batching);
      made.forward({ source: images(3, 1), target: images(2, 4) });
      const sourceView = features(made.infer(images(2, 4), 'source'));
      const targetView = features(made.infer(images(2, 4)));
      expect(farthest(sourceView, targetView)).toBeGreaterThan(0.01);
    },
  );

  it('TransNorm takes the first images for the source, however many they are', () => {
    const made = network('tn', 'joint');
    const { source, target } = made.forward({ source: images(3, 1), target: images(2, 4) });
    expect(source?.logits.shape).toEqual([3, 3]);
    expect(target?.logits.shape).toEqual([2, 3]);
    expect(
      farthest(features(made.infer(images(2, 4), 'source')), features(made.infer(images(2, 4)))),
    ).toBeGreaterThan(0.01);
  });

  it('refuses what cannot be', () => {
    expect(() => network('dsbn', 'joint')).toThrow(/domainBatching is joint: choose separate or split/);
    expect(() => network('tn', 'separate')).toThrow(/domainBatching is separate: choose joint or split/);
    expect(() => network('mabn', 'split')).toThrow(/domainBatching is split: choose joint/);
    expect(() => network('tn', 'joint').forward({ source: images(2, 1) })).toThrow(
      /both domains in every training step/,
    );
    expect(() => network('bn', 'joint').forward({})).toThrow(/it got none/);
    const single = tfl.sequential({ layers: [tfl.layers.dense({ units: 1, inputShape: [1] })] });
    expect(() => new DomainNetwork(single, 'joint')).toThrow(/has 1 outputs: give one with two/);
  });

  it('inference leaves running averages alone and does not depend on the batch', () => {
    const made = network('bn', 'joint');
    made.forward({ source: images(3, 1), target: images(2, 4) });
    const before = made.model.getWeights().map((weight) => [...weight.dataSync()]);
    const together = features(made.infer(images(3, 1)));
    const first = features(made.infer(tf.slice(images(3, 1), 0, 1)));
    expect(farthest(first, together.slice(0, 4))).toBeLessThan(1e-6);
    expect(made.model.getWeights().map((weight) => [...weight.dataSync()])).toEqual(before);
  });
});
