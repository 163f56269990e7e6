import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { BatchNorm } from './layers/batch-norm.ts';
import { GroupNorm } from './layers/group-norm.ts';
import { NormConv2D } from './layers/norm-conv2d.ts';
import { parseRecipe, recipeNames } from './recipe.ts';
import { WeightAlign } from './weights/weight-align.ts';
import { WeightStandardization } from './weights/weight-standardization.ts';

const convOf = (name: string, options = {}): NormConv2D => {
  const conv = parseRecipe(name, options).conv({ name: 'conv', filters: 6, kernelSize: 3 });
  expect(conv).toBeInstanceOf(NormConv2D);
  return conv as NormConv2D;
};
const firstKernel = (name: string, layerName: string, seed?: number): Float32Array => {
  const recipe = parseRecipe(name, seed === undefined ? {} : { seed });
  const conv = recipe.conv({ name: layerName, filters: 6, kernelSize: 3 });
  conv.apply(tfl.input({ shape: [null, null, 4] }));
  return conv.getWeights()[0]?.dataSync() as Float32Array;
};

describe('parseRecipe', () => {
  it('makes a convolution, a normalization or none, and an activation for every name it lists', () => {
    expect(recipeNames()).toHaveLength(2 + 4 + 8 + 1);
    for (const name of recipeNames()) {
      const recipe = parseRecipe(name);
      expect(recipe.name).toBe(name);
      const [weights, activations] = [name.match(/wa|ws/)?.[0], name.match(/bn|gn|ln|in/)?.[0]];
      const normalizer = { wa: WeightAlign, ws: WeightStandardization }[weights ?? ''];
      const conv = recipe.conv({ name: 'conv', filters: 6, kernelSize: 3 }) as NormConv2D;
      if (normalizer === undefined) expect(conv.kernelNormalizer).toBeNull();
      else expect(conv.kernelNormalizer).toBeInstanceOf(normalizer);
      const norm = recipe.norm({ name: 'norm' });
      if (activations === undefined) expect(norm).toBeNull();
      else expect(norm).toBeInstanceOf(activations === 'bn' ? BatchNorm : GroupNorm);
      expect(recipe.act({ name: 'act' }).getClassName()).toBe('Relu');
    }
  });

  it.each(['pws', 'gn+wa', 'bn+gn', 'wa+', '+bn', 'wa+gn+bn', '', 'none+gn', 'toString', 'WA'])(
    'refuses "%s" and lists what it knows',
    (name) => {
      expect(() => parseRecipe(name)).toThrow(
        new RegExp(
          `no normalization recipe "${name.replaceAll('+', '\\+')}".*wa, ws, bn, gn, ln, in, wa\\+bn`,
        ),
      );
    },
  );

  it.each([
    ['wa', true],
    ['ws', true],
    ['none', true],
    ['wa+gn', false],
    ['bn', false],
  ])('gives the convolutions of %s a bias: %s', (name, useBias) => {
    expect(convOf(name).useBias).toBe(useBias);
    const recipe = parseRecipe(name);
    const conv = recipe.conv({ name: 'conv', filters: 6, kernelSize: 3, useBias: !useBias }) as NormConv2D;
    expect(conv.useBias).toBe(!useBias);
  });

  it('draws kernels that depend on the seed and the layer’s name, and on nothing else', () => {
    const kernel = firstKernel('bn', 'layer1.0.conv1');
    expect(firstKernel('bn', 'layer1.0.conv1')).toEqual(kernel);
    expect(firstKernel('wa+gn', 'layer1.0.conv1', 0)).toEqual(kernel);
    expect(firstKernel('bn', 'layer1.0.conv2')).not.toEqual(kernel);
    expect(firstKernel('bn', 'layer1.0.conv1', 1)).not.toEqual(kernel);
  });

  it('passes its options on', () => {
    const options = {
      groups: 4,
      epsilon: 1e-3,
      momentum: 0.01,
      weightAlign: { epsilon: 0, scale: 'layer' },
      weightStandardization: 'timm',
    } as const;
    expect(convOf('wa+bn', options).kernelNormalizer).toMatchObject({ epsilon: 0, scale: 'layer' });
    expect(convOf('ws+bn', options).kernelNormalizer).toMatchObject({ variant: 'timm' });
    expect(parseRecipe('bn', options).norm({ name: 'n' })).toMatchObject({ epsilon: 1e-3, momentum: 0.01 });
    expect(parseRecipe('gn', options).norm({ name: 'n' })).toMatchObject({ epsilon: 1e-3, groups: 4 });
  });

  it('starts γ at zero on request', () => {
    const norm = parseRecipe('wa+gn').norm({ name: 'n', zeroInitGamma: true }) as tfl.layers.Layer;
    const y = norm.apply(tf.randomNormal([1, 3, 3, 8])) as tf.Tensor;
    expect(y.dataSync().every((value) => value === 0)).toBe(true);
  });

  it('fits the groups of gn to channels that they do not divide', () => {
    const norm = parseRecipe('gn').norm({ name: 'n' }) as tfl.layers.Layer;
    const x = tf.reshape(tf.range(0, 480, 10), [1, 1, 1, 48]);
    // 24 groups of 2 channels: each pair is normalized to −1 and 1.
    const y = (norm.apply(x) as tf.Tensor).dataSync();
    for (const value of y) expect(Math.abs(value)).toBeCloseTo(1, 4);
  });
});
