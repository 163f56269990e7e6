// The image classifier under every recipe, and what the recipe makes of batches of two domains.

import { convert, fold, recipeMethods } from '@plumbline/norm';
import { savedAndLoaded } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import type { BottleneckOptions } from './bottleneck.ts';
import type { ClassifierBackbone } from './image-classifier.ts';
import {
  CLASSES,
  digitClassifier,
  gap,
  narrow,
  noiseImages,
  run,
  values,
  type Outputs,
} from './testing/digit-classifier.ts';
import { expectEveryGradient } from './testing/every-gradient.ts';
import { freeTensorsAfterEach } from './testing/tensor-scope.ts';

freeTensorsAfterEach();

const { weights, activations } = recipeMethods();
// Of these two a feature is its own statistic; the bottleneck goes without.
const OVER_PIXELS = ['in', 'frn'];
const bottleneckFor = (name: string): BottleneckOptions => ({
  ...narrow,
  norm: !OVER_PIXELS.some((method) => name.split('+').includes(method)),
});
const RECIPES = ['none', ...weights, ...activations, 'wa+bn', 'wa+gn', 'ws+gn', 'ws+bn', 'wa+in', 'pws+gn'];

describe.each(RECIPES)('the digit network with recipe %s', (name) => {
  const build = (): tfl.LayersModel => digitClassifier(name, { bottleneck: bottleneckFor(name) });
  /** After some passes in training with their gradients, so that running statistics are something. */
  const used = (): tfl.LayersModel => {
    const model = build();
    for (const seed of [3, 4]) {
      tf.dispose(
        tf.variableGrads(() => tf.mean(run(model, noiseImages(4, seed), true)[1])) as tf.TensorContainer,
      );
    }
    return model;
  };

  it('gives every trainable weight a finite gradient', () => {
    expectEveryGradient(build(), noiseImages(4));
  });

  it('is restored to the last bit by TF.js’s own save and load', async () => {
    const model = used();
    const restored = await savedAndLoaded(model);
    const [wanted, got] = [model, restored].map((m) => run(m, noiseImages(3)).map(values));
    expect(got).toEqual(wanted);
  });

  it('is the same function folded', () => {
    const model = used();
    const { model: folded } = fold(model);
    const [wanted, got] = [model, folded].map((m) => run(m, noiseImages(3)));
    for (const index of [0, 1] as const) {
      const [before, after] = [wanted, got].map((outputs) => outputs?.[index] as tf.Tensor) as Outputs;
      const largest = values(tf.max(tf.abs(before)))[0] ?? NaN;
      expect(gap(before, after) / largest).toBeLessThan(1e-4);
    }
    expect(folded.layers.map((layer) => layer.getClassName())).not.toContain('NormDense');
  });
});

describe.each<[string, ClassifierBackbone, string]>([
  ...['wa', 'bn', 'ws+gn', 'bkn', 'gkn'].map((recipe): [string, ClassifierBackbone, string] => [
    'ResNet-18',
    { kind: 'resnet', depth: 18 },
    recipe,
  ]),
  ['SqueezeNet', { kind: 'squeezenet' }, 'wa+gn'],
  ['SqueezeNet', { kind: 'squeezenet' }, 'bkn'],
])('%s with the layers of a task, %j, recipe %s', (_, backbone, name) => {
  const build = (): tfl.LayersModel =>
    digitClassifier(name, { backbone, channels: 3, classifier: 'weight-norm' });
  const pictures = (): tf.Tensor4D => tf.randomNormal([3, 65, 65, 3], 0, 1, 'float32', 5);

  it('gives every trainable weight a finite gradient that is not zero', () => {
    expectEveryGradient(build(), pictures());
  });

  it('is restored to the last bit by TF.js’s own save and load', async () => {
    const model = build();
    tf.dispose(run(model, pictures(), true));
    const restored = await savedAndLoaded(model);
    const [wanted, got] = [model, restored].map((m) => run(m, pictures()).map(values));
    expect(got).toEqual(wanted);
  });
});

it.each(['wa', 'wa+gn', 'ws+gn', 'gn', 'bn'])(
  'converts to recipe %s with features of the same shape',
  (name) => {
    const model = digitClassifier('bn');
    const { model: converted } = convert(model, name);
    const outputs = run(converted, noiseImages(3));
    expect(outputs.map(({ shape }) => shape)).toEqual([
      [3, narrow.width],
      [3, CLASSES],
    ]);
    expect(converted.layers.find((layer) => layer.name === 'bottleneck.fc')?.getClassName()).toBe(
      'NormDense',
    );
  },
);

describe('features in training mode of', () => {
  const COUNTS = [3, 2] as const;
  /** Source and target, which differ in mean and contrast. */
  const domains = (): [tf.Tensor4D, tf.Tensor4D] => [
    noiseImages(COUNTS[0], 5),
    tf.add(tf.mul(noiseImages(COUNTS[1], 6), 0.4), 1),
  ];
  const features = (model: tfl.LayersModel, batches: readonly tf.Tensor[]): tf.Tensor =>
    tf.concat(batches.map((batch) => run(model, batch, true)[0]));

  it.each(['none', 'wa', 'gn', 'wa+gn', 'ws+gn', 'ln'])(
    '%s are the same joint, by domain and one by one',
    (name) => {
      const model = digitClassifier(name);
      const joint = tf.concat(domains());
      const wanted = features(model, [joint]);
      expect(gap(wanted, features(model, domains()))).toBeLessThan(1e-5);
      expect(gap(wanted, features(model, tf.split(joint, joint.shape[0])))).toBeLessThan(1e-5);
    },
  );

  it.each(['bn', 'wa+bn'])('%s depend on the batch, and one image cannot be normalized', (name) => {
    const model = digitClassifier(name);
    const wanted = features(model, [tf.concat(domains())]);
    expect(gap(wanted, features(model, domains()))).toBeGreaterThan(0.1);
    expect(() => features(model, [noiseImages(1)])).toThrow(/one value per channel has no variance/);
  });
});
