import { parseRecipe } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deepLabV3 } from './deeplabv3.ts';
import { resNet, type OutputStride, type ResNetDepth } from './resnet.ts';

const RECIPES = ['wa', 'wa+bn', 'wa+gn', 'ws+gn', 'bn', 'gn'];
const countParameters = (model: tfl.LayersModel): number =>
  model.trainableWeights.reduce(
    (sum, weight) => sum + weight.shape.reduce<number>((n, d) => n * (d ?? 1), 1),
    0,
  );

let tensorsBefore = 0;
beforeEach(() => {
  tf.engine().startScope();
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => {
  tf.engine().endScope();
  tf.disposeVariables();
  expect(tf.memory().numTensors).toBeLessThanOrEqual(tensorsBefore);
});

describe('ResNet', () => {
  // torchvision's counts without the classifier: 11,689,512 − 513,000 and so on.
  it.each<[ResNetDepth, number]>([
    [18, 11_176_512],
    [34, 21_284_672],
    [50, 23_508_032],
    [101, 42_500_160],
  ])('of depth %i has the parameters of its torchvision namesake', (depth, parameters) => {
    expect(countParameters(resNet({ depth, recipe: parseRecipe('bn') }))).toBe(parameters);
  });

  it.each<[OutputStride, number]>([
    [8, 9],
    [16, 5],
    [32, 3],
  ])('at output stride %i turns 65 pixels into %i', (outputStride, side) => {
    const model = resNet({ depth: 18, recipe: parseRecipe('bn'), outputStride });
    expect((model.predict(tf.zeros([1, 65, 65, 3])) as tf.Tensor).shape).toEqual([1, side, side, 512]);
  });

  it.each<[ResNetDepth, number[]]>([
    [18, [1]],
    [50, [1]],
    [50, [1, 2, 4]],
  ])('of depth %i with multi-grid %j gives the same features at every output stride', (depth, multiGrid) => {
    const image = tf.randomNormal([1, 65, 65, 3], 0, 1, 'float32', 5);
    const coarse = resNet({ depth, recipe: parseRecipe('bn'), outputStride: 32, multiGrid });
    const wanted = coarse.predict(image) as tf.Tensor;
    for (const outputStride of [16, 8] as const) {
      const fine = resNet({ depth, recipe: parseRecipe('bn'), outputStride, multiGrid });
      fine.setWeights(coarse.getWeights());
      const step = 32 / outputStride;
      const features = fine.predict(image) as tf.Tensor4D;
      const shared = tf.stridedSlice(features, [0, 0, 0, 0], features.shape, [1, step, step, 1]);
      const worst = tf.max(tf.abs(tf.sub(shared, wanted))).dataSync()[0];
      expect(worst).toBeLessThan(1e-3 * (tf.max(wanted).dataSync()[0] ?? 0));
    }
  });

  it('refuses an output stride it cannot have', () => {
    expect(() => resNet({ depth: 18, recipe: parseRecipe('bn'), outputStride: 4 as OutputStride })).toThrow(
      /outputStride 4; give 8, 16 or 32/,
    );
  });
});

describe('DeepLabv3', () => {
  it('on ResNet-50 has the parameters of torchvision’s model', () => {
    // 42,004,074 less its auxiliary head: 1024·256·9 + 2·256 + 256·21 + 21 = 2,365,205.
    expect(countParameters(deepLabV3({ depth: 50, recipe: parseRecipe('bn'), classes: 21 }))).toBe(
      39_638_869,
    );
  });

  describe.each(RECIPES)('with recipe %s', (name) => {
    const build = (): tfl.LayersModel =>
      deepLabV3({
        depth: 18,
        recipe: parseRecipe(name),
        classes: 4,
        headChannels: 64,
        atrousRates: [1, 2, 3],
      });

    it('gives logits of the input’s size for any size', () => {
      const model = build();
      for (const [height, width] of [
        [33, 49],
        [40, 65],
      ] as const) {
        expect((model.predict(tf.zeros([2, height, width, 3])) as tf.Tensor).shape).toEqual([
          2,
          height,
          width,
          4,
        ]);
      }
    });

    it('gives every trainable weight a finite gradient that is not zero', () => {
      const model = build();
      const image = tf.randomNormal([2, 49, 49, 3], 0, 1, 'float32', 3);
      const pattern = tf.randomNormal([2, 49, 49, 4], 0, 1, 'float32', 4);
      const { grads } = tf.variableGrads(() =>
        tf.mean(tf.mul(model.apply(image, { training: true }) as tf.Tensor, pattern)),
      );
      const names = Object.keys(grads);
      expect(names.length).toBe(model.trainableWeights.length);
      for (const variable of names) {
        const norm = tf.norm(grads[variable] as tf.Tensor).dataSync()[0] ?? NaN;
        expect(norm, variable).toBeGreaterThan(0);
        expect(norm, variable).toBeLessThan(1e6);
      }
    });

    it('is restored to the last bit by TF.js’s own save and load', async () => {
      const model = build();
      const image = tf.randomNormal([1, 33, 33, 3], 0, 1, 'float32', 7);
      (model.apply(tf.concat([image, image]), { training: true }) as tf.Tensor).dispose();
      const saved: tf.io.ModelArtifacts[] = [];
      await model.save(
        tf.io.withSaveHandler((artifacts) => {
          saved.push(artifacts);
          return Promise.resolve({
            modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' },
          });
        }),
      );
      const restored = await tfl.loadLayersModel(tf.io.fromMemory(saved[0] as tf.io.ModelArtifacts));
      expect((restored.predict(image) as tf.Tensor).dataSync()).toEqual(
        (model.predict(image) as tf.Tensor).dataSync(),
      );
    });
  });

  it('with batch norm and one image refuses a normalized pooling branch and trains without it', () => {
    const image = tf.zeros<tf.Rank.R4>([1, 33, 33, 3]);
    const options = { depth: 18, recipe: parseRecipe('bn'), classes: 4, headChannels: 16 } as const;
    expect(() => deepLabV3(options).apply(image, { training: true })).toThrow(/one value per channel/i);
    const model = deepLabV3({ ...options, poolingNorm: 'none' });
    expect((model.apply(image, { training: true }) as tf.Tensor).shape).toEqual([1, 33, 33, 4]);
  });

  it('draws other dropout masks at every training step, and none in inference', () => {
    const model = deepLabV3({ depth: 18, recipe: parseRecipe('gn'), classes: 2, headChannels: 64 });
    const image = tf.randomNormal([1, 33, 33, 3], 0, 1, 'float32', 9);
    const run = (training: boolean): Float32Array =>
      (model.apply(image, { training }) as tf.Tensor).dataSync() as Float32Array;
    expect(run(true)).not.toEqual(run(true));
    expect(run(false)).toEqual(run(false));
  });
});
