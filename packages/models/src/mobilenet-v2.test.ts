import { parseRecipe } from '@plumbline/norm';
import { savedAndLoaded } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { deepLabV3 } from './deeplabv3.ts';
import { Relu6 } from './layers/relu6.ts';
import { mobileNetV2, scaledChannels } from './mobilenet-v2.ts';
import type { OutputStride } from './resnet.ts';
import { expectAtrousConsistency } from './testing/atrous-consistency.ts';
import { countParameters } from './testing/count-parameters.ts';
import { freeTensorsAfterEach } from './testing/tensor-scope.ts';

freeTensorsAfterEach();

describe('MobileNetV2', () => {
  // torchvision's 3,504,872 less its last convolution, 320·1280 + 2·1280, and classifier, 1280·1000 + 1000.
  it('has the parameters of its torchvision namesake', () => {
    expect(countParameters(mobileNetV2({ recipe: parseRecipe('bn') }))).toBe(1_811_712);
  });

  it.each([
    [0.5, 8, [16, 8, 16, 16, 32, 48, 80, 160]],
    [0.5, 1, [16, 8, 12, 16, 32, 48, 80, 160]],
    [1, 8, [32, 16, 24, 32, 64, 96, 160, 320]],
    [1.4, 8, [48, 24, 32, 48, 88, 136, 224, 448]],
  ])('at width %f has channels rounded to multiples of %i, never far down', (width, multiple, wanted) => {
    const channels = [32, 16, 24, 32, 64, 96, 160, 320];
    expect(channels.map((count) => scaledChannels(count, width, multiple))).toEqual(wanted);
  });

  it.each<[OutputStride, number]>([
    [8, 9],
    [16, 5],
    [32, 3],
  ])('at output stride %i turns 65 pixels into %i', (outputStride, side) => {
    const model = mobileNetV2({ recipe: parseRecipe('bn'), width: 0.5, outputStride });
    expect((model.predict(tf.zeros([1, 65, 65, 3])) as tf.Tensor).shape).toEqual([1, side, side, 160]);
  });

  it.each([0.5, 1])('of width %f gives the same features at every output stride', (width) => {
    expectAtrousConsistency((outputStride, recipe) => mobileNetV2({ recipe, width, outputStride, seed: 3 }));
  });

  it('draws its depthwise kernels from the seed', () => {
    const kernel = (seed: number): Float32Array => {
      const model = mobileNetV2({ recipe: parseRecipe('gn', { seed }), width: 0.5, seed });
      return model.getLayer('features.2.conv.1.0').getWeights()[0]?.dataSync() as Float32Array;
    };
    expect(kernel(4)).toEqual(kernel(4));
    expect(kernel(4)).not.toEqual(kernel(5));
  });

  it('starts blocks with a shortcut as identities where asked', () => {
    const model = mobileNetV2({ recipe: parseRecipe('bn'), width: 0.5, zeroInitResidual: true });
    const gamma = (name: string): number => model.getLayer(name).getWeights()[0]?.dataSync()[0] ?? NaN;
    expect(gamma('features.3.conv.3')).toBe(0);
    expect(gamma('features.2.conv.3')).toBe(1);
  });

  it('has ReLU6 for a ReLU, and the activation of recipes that bring their own', () => {
    const activation = (recipe: string): tfl.layers.Layer | undefined =>
      mobileNetV2({ recipe: parseRecipe(recipe), width: 0.5 }).layers.find(
        ({ name }) => name === 'features.2.conv.0.2',
      );
    expect(activation('wa+gn')).toBeInstanceOf(Relu6);
    expect(activation('gkn')).toBeInstanceOf(Relu6);
    expect(activation('frn')?.getClassName()).toBe('ThresholdedLinearUnit');
    expect(activation('evos0')).toBeUndefined();
    const values = tf.tensor1d([-1, 0, 2, 6, 9]);
    expect(Array.from((new Relu6({}).apply(values) as tf.Tensor).dataSync())).toEqual([0, 0, 2, 6, 6]);
  });

  it('refuses what it cannot have', () => {
    const recipe = parseRecipe('bn');
    expect(() => mobileNetV2({ recipe, outputStride: 4 as OutputStride })).toThrow(
      /outputStride 4; give 8, 16 or 32/,
    );
    expect(() => mobileNetV2({ recipe, width: 0 })).toThrow(/width 0; give a factor above 0/);
    expect(() => mobileNetV2({ recipe, channelMultiple: 0.5 })).toThrow(/channelMultiple 0.5; give a whole/);
    expect(() => deepLabV3({ backbone: 'mobilenetv2', recipe, classes: 2, multiGrid: [1, 2, 4] })).toThrow(
      /multiGrid \[1, 2, 4\]; leave it \[1\]/,
    );
  });
});

describe.each(['none', 'wa', 'wa+gn', 'ws+gn', 'bn', 'mabn', 'frn', 'evos0', 'bkn', 'gkn'])(
  'DeepLabv3 on MobileNetV2 with recipe %s',
  (name) => {
    const build = (): tfl.LayersModel =>
      deepLabV3({
        backbone: 'mobilenetv2',
        width: 0.5,
        channelMultiple: 1,
        recipe: parseRecipe(name),
        classes: 4,
        outputStride: 8,
        headChannels: 16,
        atrousRates: [],
        headConvolution: false,
        poolingNorm: 'none',
      });

    it('gives logits of the input’s size, and every trainable weight a finite gradient', () => {
      const model = build();
      const image = tf.randomNormal([2, 49, 33, 3], 0, 1, 'float32', 3);
      const pattern = tf.randomNormal([2, 49, 33, 4], 0, 1, 'float32', 4);
      const { value, grads } = tf.variableGrads(() => {
        const logits = model.apply(image, { training: true }) as tf.Tensor;
        expect(logits.shape).toEqual([2, 49, 33, 4]);
        return tf.mean(tf.mul(logits, pattern));
      });
      expect(value.dataSync()[0]).not.toBeNaN();
      expect(Object.keys(grads).length).toBe(model.trainableWeights.length);
      for (const [variable, gradient] of Object.entries(grads)) {
        expect(tf.norm(gradient).dataSync()[0], variable).toBeLessThan(1e6);
      }
    });

    it('is restored to the last bit by TF.js’s own save and load', async () => {
      const model = build();
      const image = tf.randomNormal([1, 33, 33, 3], 0, 1, 'float32', 7);
      const restored = await savedAndLoaded(model);
      expect((restored.predict(image) as tf.Tensor).dataSync()).toEqual(
        (model.predict(image) as tf.Tensor).dataSync(),
      );
    });
  },
);
