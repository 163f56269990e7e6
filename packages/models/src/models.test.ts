import { parseRecipe } from '@plumbline/norm';
import { savedAndLoaded } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { withoutAuxiliaryHead } from './auxiliary-head.ts';
import { deepLabV3, type DeepLabV3Options } from './deeplabv3.ts';
import type { ResNetVariant } from './resnet-stem.ts';
import { resNet, type OutputStride, type ResNetDepth } from './resnet.ts';
import { expectAtrousConsistency } from './testing/atrous-consistency.ts';
import { countParameters } from './testing/count-parameters.ts';
import { freeTensorsAfterEach } from './testing/tensor-scope.ts';
import { undrawn } from './testing/undrawn.ts';

/** For models whose weights do not matter. */
const batchNorm = undrawn(parseRecipe('bn'));
const RECIPES = ['wa', 'wa+bn', 'wa+gn', 'ws+gn', 'bn', 'gn'];

freeTensorsAfterEach();

describe('ResNet', () => {
  // torchvision's counts without the classifier: 11,689,512 − 513,000 and so on.
  it.each<[ResNetDepth, number]>([
    [18, 11_176_512],
    [34, 21_284_672],
    [50, 23_508_032],
    [101, 42_500_160],
    [152, 58_143_808],
  ])('of depth %i has the parameters of its torchvision namesake', (depth, parameters) => {
    expect(countParameters(resNet({ depth, recipe: batchNorm }))).toBe(parameters);
  });

  it.each<[OutputStride, number]>([
    [8, 9],
    [16, 5],
    [32, 3],
  ])('at output stride %i turns 65 pixels into %i', (outputStride, side) => {
    const model = resNet({ depth: 18, recipe: batchNorm, outputStride });
    expect((model.predict(tf.zeros([1, 65, 65, 3])) as tf.Tensor).shape).toEqual([1, side, side, 512]);
  });

  it.each<[ResNetDepth, ResNetVariant, number[]]>([
    [18, 'v1b', [1]],
    [50, 'v1b', [1, 2, 4]],
    [50, 'v1a', [1]],
    [18, 'v1c', [1]],
    [18, 'v1d', [1]],
    [50, 'v1d', [1, 2, 4]],
  ])(
    'of depth %i, variant %s, with multi-grid %j gives the same features at every output stride',
    (depth, variant, multiGrid) => {
      expectAtrousConsistency((outputStride, recipe) =>
        resNet({ depth, recipe, variant, outputStride, multiGrid }),
      );
    },
  );

  it('refuses an output stride it cannot have', () => {
    expect(() => resNet({ depth: 18, recipe: parseRecipe('bn'), outputStride: 4 as OutputStride })).toThrow(
      /outputStride 4; give 8, 16 or 32/,
    );
  });

  // timm 1.0.31's resnet50c, resnet50d and resnet18d less their classifiers, 2048·1000 + 1000 and 512·1000 + 1000.
  it.each<[ResNetDepth, ResNetVariant, number]>([
    [50, 'v1c', 23_527_264],
    [50, 'v1d', 23_527_264],
    [18, 'v1d', 11_195_744],
  ])('of depth %i and variant %s has the parameters of its timm namesake', (depth, variant, parameters) => {
    expect(countParameters(resNet({ depth, recipe: batchNorm, variant }))).toBe(parameters);
  });

  // torchvision's resnext50_32x4d, resnext101_32x8d and wide_resnet50_2 less their classifiers.
  it.each<[ResNetDepth, number, number, number]>([
    [50, 32, 4, 22_979_904],
    [101, 32, 8, 86_742_336],
    [50, 1, 128, 66_834_240],
  ])(
    'of depth %i with %i groups of %i has the parameters of its namesake',
    (depth, groups, width, parameters) => {
      const model = resNet({ depth, recipe: batchNorm, resNeXt: { groups, width } });
      expect(countParameters(model)).toBe(parameters);
      expect(model.name).toBe(`resnext${depth}_${groups}x${width}d`);
    },
  );

  it('in groups gives the same features at every output stride', () => {
    const resNeXt = { groups: 32, width: 4 };
    expectAtrousConsistency((outputStride, recipe) => resNet({ depth: 50, recipe, resNeXt, outputStride }));
  });

  it('refuses groups it cannot have', () => {
    const of = (depth: ResNetDepth, groups: number, width: number) => () =>
      resNet({ depth, recipe: batchNorm, resNeXt: { groups, width } });
    expect(of(34, 32, 4)).toThrow(
      'ResNet got resNeXt with depth 34, whose blocks are no bottlenecks; give depth 50, 101 or 152.',
    );
    expect(of(50, 0, 4)).toThrow('ResNet got resNeXt.groups 0; give a whole number from 1 on.');
    expect(of(50, 32, 4.5)).toThrow('ResNet got resNeXt.width 4.5');
  });

  it('refuses a depth it cannot have', () => {
    expect(() => resNet({ depth: 20 as ResNetDepth, recipe: batchNorm })).toThrow(
      /depth 20; give 18, 34, 50, 101 or 152/,
    );
  });

  it('refuses a variant that does not exist', () => {
    const variant = 'v2' as ResNetVariant;
    expect(() => resNet({ depth: 18, recipe: parseRecipe('bn'), variant })).toThrow(
      /variant v2; give v1a, v1b, v1c or v1d/,
    );
  });
});

describe('DeepLabv3', () => {
  it('on ResNet-50 has the parameters of torchvision’s model', () => {
    // 42,004,074 less its auxiliary head: 1024·256·9 + 2·256 + 256·21 + 21 = 2,365,205.
    expect(countParameters(deepLabV3({ depth: 50, recipe: batchNorm, classes: 21 }))).toBe(39_638_869);
  });

  // Of the paper's decoder: 256·48 + 2·48, 304·256·9 + 2·256, 256·256·9 + 2·256, 256·21 + 21, on the backbone and pyramid of
  // torchvision's: 39,638,869 less its own 256·256·9 + 2·256 and 256·21 + 21.
  it('with the decoder of v3+ has as many parameters as the paper’s layers', () => {
    expect(countParameters(deepLabV3({ depth: 50, recipe: batchNorm, classes: 21, decoder: 'v3plus' }))).toBe(
      39_638_869 + 12_288 + 96 + 700_416 + 512,
    );
  });

  it('with an auxiliary head has the parameters of torchvision’s model with it', () => {
    const model = deepLabV3({ depth: 50, recipe: batchNorm, classes: 21, auxiliaryHead: true });
    expect(countParameters(model)).toBe(42_004_074);
    expect(countParameters(withoutAuxiliaryHead(model))).toBe(39_638_869);
  });

  const small = { depth: 18, classes: 4, headChannels: 64, atrousRates: [1, 2, 3] } as const;
  const KINDS: Record<string, Partial<DeepLabV3Options>> = {
    v3: {},
    'v3+ with an auxiliary head': { decoder: 'v3plus', auxiliaryHead: true },
    'v3+ on ResNet-18d': { decoder: 'v3plus', variant: 'v1d' },
    'v3+ on MobileNetV2 with an auxiliary head': {
      decoder: 'v3plus',
      auxiliaryHead: true,
      backbone: 'mobilenetv2',
      width: 0.5,
    },
  };
  const cases = RECIPES.flatMap((recipe) =>
    Object.keys(KINDS)
      // Every recipe for the plain network, and one for the others, whose convolutions come from the same function.
      .filter((kind) => kind === 'v3' || recipe === 'wa+bn')
      .map((kind) => [kind, recipe] as const),
  );

  describe.each(cases)('%s with recipe %s', (kind, name) => {
    const build = (): tfl.LayersModel => deepLabV3({ ...small, recipe: parseRecipe(name), ...KINDS[kind] });

    it('gives logits of the input’s size for any size', () => {
      const model = build();
      for (const [height, width] of [
        [33, 49],
        [40, 65],
      ] as const) {
        const outputs = [model.predict(tf.zeros([2, height, width, 3])) as tf.Tensor].flat();
        expect(outputs).toHaveLength(model.outputs.length);
        for (const logits of outputs) expect(logits.shape).toEqual([2, height, width, 4]);
      }
    });

    it('gives every trainable weight a finite gradient that is not zero', () => {
      const model = build();
      const image = tf.randomNormal([2, 49, 49, 3], 0, 1, 'float32', 3);
      const pattern = tf.randomNormal([2, 49, 49, 4], 0, 1, 'float32', 4);
      const { grads } = tf.variableGrads(() => {
        const outputs = [model.apply(image, { training: true }) as tf.Tensor].flat();
        return tf.mean(tf.addN(outputs.map((logits) => tf.mul(logits, pattern))));
      });
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
      tf.dispose(model.apply(tf.concat([image, image]), { training: true }) as tf.Tensor[]);
      const restored = await savedAndLoaded(model);
      const values = (which: tfl.LayersModel): Float32Array[] =>
        [which.predict(image) as tf.Tensor].flat().map((logits) => logits.dataSync() as Float32Array);
      expect(values(restored)).toEqual(values(model));
    });
  });

  it('without its auxiliary head is the network of the same weights that never had one', () => {
    const image = tf.randomNormal([1, 33, 33, 3], 0, 1, 'float32', 7);
    const recipe = parseRecipe('gn');
    const model = deepLabV3({ ...small, recipe, auxiliaryHead: true });
    const network = withoutAuxiliaryHead(model);
    const plain = deepLabV3({ ...small, recipe });
    expect(network.layers.map(({ name }) => name)).toEqual(plain.layers.map(({ name }) => name));
    expect(network.layers.some(({ name }) => name.startsWith('aux'))).toBe(false);
    plain.setWeights(network.getWeights());
    const [logits, auxiliary] = model.predict(image) as tf.Tensor[];
    const answer = (network.predict(image) as tf.Tensor).dataSync();
    expect(answer).toEqual(logits?.dataSync());
    expect(answer).not.toEqual(auxiliary?.dataSync());
    expect(answer).toEqual((plain.predict(image) as tf.Tensor).dataSync());
    expect(withoutAuxiliaryHead(plain)).toBe(plain);
  });

  it('refuses what its decoder or backbone cannot have', () => {
    const recipe = parseRecipe('bn');
    const plus = { ...small, recipe, decoder: 'v3plus' } as const;
    expect(() => deepLabV3({ ...plus, headConvolution: false })).toThrow(/decoderConvolutions says/);
    expect(() => deepLabV3({ ...plus, lowLevelChannels: 0 })).toThrow(/lowLevelChannels 0; give a whole/);
    expect(() => deepLabV3({ ...plus, decoderConvolutions: 1.5 })).toThrow(/decoderConvolutions 1.5; give/);
    expect(() => deepLabV3({ ...plus, backbone: 'mobilenetv2', variant: 'v1d' })).toThrow(
      /variant v1d; leave it v1b: only ResNet/,
    );
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
