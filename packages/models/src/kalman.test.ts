// Models with a recipe of Kalman normalization, whose moments travel beside the activations.

import { parseRecipe, type Recipe } from '@plumbline/norm';
import { savedAndLoaded } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { deepLabV3 } from './deeplabv3.ts';
import { imageClassifier } from './image-classifier.ts';
import { resNet, type ResNetDepth } from './resnet.ts';
import { freeTensorsAfterEach } from './testing/tensor-scope.ts';
import { undrawn } from './testing/undrawn.ts';

type Method = 'bkn, reference' | 'bkn, consistent' | 'gkn';
const methods: readonly Method[] = ['bkn, reference', 'bkn, consistent', 'gkn'];

const recipeOf = (method: Method): Recipe =>
  method === 'gkn'
    ? parseRecipe('gkn')
    : parseRecipe('bkn', {
        kalman: { prediction: method === 'bkn, reference' ? 'reference' : 'consistent' },
      });

const deepLab = (method: Method): tfl.LayersModel =>
  deepLabV3({
    depth: 18,
    recipe: recipeOf(method),
    classes: 4,
    headChannels: 64,
    atrousRates: [1, 2, 3],
    poolingNorm: method === 'gkn' ? 'recipe' : 'none',
  });
const namesOf = (model: tfl.LayersModel): string[] => model.layers.map(({ name }) => name).sort();
/** Names of the layers of a class that take moments. */
const withMoments = (model: tfl.LayersModel, className: string): string[] =>
  model.layers
    .filter((layer) => layer.getClassName() === className && Array.isArray(layer.output))
    .filter(({ input }) => Array.isArray(input))
    .map(({ name }) => name);

describe('the graph of a recipe', () => {
  it.each<ResNetDepth>([18, 50])('has the same layers with moments as without, at depth %i', (depth) => {
    const plain = resNet({ depth, recipe: undrawn(parseRecipe('bn')) });
    const names = namesOf(resNet({ depth, recipe: undrawn(recipeOf('bkn, reference')) }));
    expect(names.filter((name) => !name.includes('.observed'))).toEqual(namesOf(plain));
    for (const layer of plain.layers) {
      expect(layer.output, layer.name).toBeInstanceOf(tfl.SymbolicTensor);
      expect(Array.isArray(layer.input), layer.name).toBe(layer.name.endsWith('.add'));
    }
  });

  it('begins moments at the stem and ends them at the pooling; a bottleneck without a stream has one from its norms on', () => {
    const model = resNet({ depth: 50, recipe: undrawn(recipeOf('bkn, consistent')) });
    const predicting = withMoments(model, 'KalmanConv2D');
    const without = model.layers.filter(
      (layer) => layer.getClassName() === 'KalmanConv2D' && !predicting.includes(layer.name),
    );
    expect(without.map(({ name }) => name)).toEqual(['conv1', 'layer1.0.conv1', 'layer1.0.downsample.0']);
    expect(withMoments(model, 'MomentAdd')).toHaveLength(3 + 4 + 6 + 3);
  });

  it('observes the moments of a shortcut that has none, and every sum hands some on', () => {
    const observed = (model: tfl.LayersModel): string[] =>
      namesOf(model).filter((name) => name.includes('.observed'));
    const stages = [1, 2, 3, 4].flatMap((stage) => [`layer${stage}.0.add`, `layer${stage}.1.add`]);
    const model = resNet({ depth: 18, recipe: undrawn(recipeOf('gkn')) });
    expect(withMoments(model, 'MomentAdd').sort()).toEqual(stages);
    // Behind the pooling of the stem.
    expect(observed(model)).toEqual(['layer1.0.add.observed1']);
    expect(withMoments(model, 'KalmanConv2D')).toContain('layer1.1.conv1');
    const classifier = imageClassifier({
      backbone: { kind: 'cifar-resnet', depth: 14, preActivation: true },
      recipe: undrawn(recipeOf('bkn, reference')),
      ...{ classes: 2, bottleneck: null, classifier: 'plain', seed: 0 },
    });
    // A stem without a normalization of its own, and shortcuts padded with zeros.
    expect(observed(classifier)).toEqual([1, 2, 3].map((stage) => `backbone.layer${stage}.0.add.observed1`));
    const norms = classifier.layers.filter((layer) => layer.getClassName() === 'BatchKalmanNorm');
    expect(norms.filter(({ input }) => !Array.isArray(input)).map(({ name }) => name)).toEqual([
      'backbone.layer1.0.bn1',
    ]);
  });

  it('gives the features as activations alone', () => {
    const model = resNet({ depth: 18, recipe: undrawn(recipeOf('bkn, consistent')) });
    expect((model.predict(tf.zeros([1, 33, 33, 3])) as tf.Tensor).shape).toEqual([1, 2, 2, 512]);
    model.dispose();
  });
});

describe.each(methods)('DeepLabv3 with %s', (method) => {
  freeTensorsAfterEach();

  it('gives logits of the input’s size, and every trainable weight a finite gradient that is not zero', () => {
    const model = deepLab(method);
    const image = tf.randomNormal([1, 49, 65, 3], 0, 1, 'float32', 3);
    const pattern = tf.randomNormal([1, 49, 65, 4], 0, 1, 'float32', 4);
    expect((model.predict(image) as tf.Tensor).shape).toEqual(pattern.shape);
    const { grads } = tf.variableGrads(() =>
      tf.mean(tf.mul(model.apply(image, { training: true }) as tf.Tensor, pattern)),
    );
    expect(Object.keys(grads)).toHaveLength(model.trainableWeights.length);
    for (const [variable, gradient] of Object.entries(grads)) {
      const norm = tf.norm(gradient).dataSync()[0] ?? NaN;
      expect(norm, variable).toBeGreaterThan(0);
      expect(norm, variable).toBeLessThan(1e6);
    }
  });

  it('learns a picture of one image: its loss falls', () => {
    const model = deepLab(method);
    const image = tf.randomNormal([1, 33, 33, 3], 0, 1, 'float32', 3);
    const labels = tf.oneHot(tf.cast(tf.greater(tf.range(0, 33 * 33), 500), 'int32'), 4);
    const optimizer = tf.train.sgd(0.02);
    const step = (): number =>
      optimizer
        .minimize(() => {
          const logits = model.apply(image, { training: true }) as tf.Tensor;
          return tf.losses.softmaxCrossEntropy(labels, tf.reshape(logits, [-1, 4]));
        }, true)
        ?.dataSync()[0] ?? NaN;
    const losses = Array.from({ length: 12 }, step);
    optimizer.dispose();
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(losses.at(-1)).toBeLessThan(0.8 * (losses[0] ?? NaN));
  });

  it('is restored to the last bit by TF.js’s own save and load, its noise included', async () => {
    const model = deepLab(method);
    const image = tf.randomNormal([1, 33, 33, 3], 0, 1, 'float32', 7);
    tf.dispose(model.apply(image, { training: true }) as tf.Tensor);
    const restored = await savedAndLoaded(model);
    const run = (which: tfl.LayersModel, training: boolean): Float32Array =>
      (which.apply(image, { training }) as tf.Tensor).dataSync() as Float32Array;
    expect(run(restored, false)).toEqual(run(model, false));
    expect(run(restored, true)).toEqual(run(model, true));
    expect(run(restored, false)).toEqual(run(model, false));
  });
});
