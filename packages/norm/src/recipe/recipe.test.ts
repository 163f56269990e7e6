import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { NormConv2D } from '../layers/norm-conv2d.ts';
import type { RecipeOptions } from './options.ts';
import { parseRecipe, recipeMethods, recipeNames } from './recipe.ts';

const quiet = { onWarning: () => undefined };
const weightClasses = {
  wa: 'WeightAlign',
  ws: 'WeightStandardization',
  pws: 'ParametricWeightStandardization',
  sws: 'ScaledWeightStandardization',
  cwn: 'CenteredWeightNormalization',
  wn: 'WeightNormalization',
  wc: 'WeightCentring',
};
const activationClasses = {
  none: undefined,
  bn: 'BatchNorm',
  syncbn: 'SyncBatchNorm',
  brn: 'BatchRenorm',
  gn: 'GroupNorm',
  ln: 'GroupNorm',
  in: 'GroupNorm',
  mabn: 'MovingAverageBatchNorm',
  bkn: 'BatchKalmanNorm',
  gkn: 'GroupKalmanNorm',
  bcn: 'BatchChannelNorm',
  frn: 'FilterResponseNorm',
  evob0: 'EvoNormB0',
  evos0: 'EvoNormS0',
  dsbn: 'DomainSpecificBatchNorm',
  tn: 'TransNorm',
};

const convOf = (name: string, options: RecipeOptions = {}): NormConv2D => {
  const conv = parseRecipe(name, { ...quiet, ...options }).conv({ name: 'conv', filters: 6, kernelSize: 3 });
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
  it('makes a convolution, a normalization or none, an activation and a sum for every name it lists', () => {
    const { weights, activations } = recipeMethods();
    expect(weights).toEqual(['wa', 'ws', 'pws', 'sws', 'cwn', 'wn', 'wc']);
    expect(recipeNames()).toHaveLength((weights.length + 1) * (activations.length + 1));
    for (const name of recipeNames()) {
      const recipe = parseRecipe(name, quiet);
      expect(recipe.name).toBe(name);
      const conv = recipe.conv({ name: 'conv', filters: 6, kernelSize: 3 }) as NormConv2D;
      const [first = '', second] = name.split('+');
      const named = weights.find((method) => method === first);
      const implied = first === 'mabn' ? 'WeightCentring' : undefined;
      expect(conv.kernelNormalizer?.getClassName()).toBe(
        named === undefined ? implied : weightClasses[named],
      );
      expect(recipe.kernelNormalizer()?.getClassName()).toBe(conv.kernelNormalizer?.getClassName());
      const activation = second ?? (named === undefined ? first : 'none');
      const norm = recipe.norm({ name: 'norm' });
      expect(norm?.getClassName()).toBe(activationClasses[activation as keyof typeof activationClasses]);
      const act = { bkn: 'MomentRelu', gkn: 'MomentRelu', frn: 'ThresholdedLinearUnit' }[activation];
      expect(recipe.act({ name: 'act' }).getClassName()).toBe(act ?? 'Relu');
      expect(recipe.add({ name: 'add' }).getClassName()).toBe(act === 'MomentRelu' ? 'MomentAdd' : 'Add');
      expect(recipe.normIncludesActivation).toBe(activation.startsWith('evo'));
    }
  });

  it.each(['gn+wa', 'bn+gn', 'wa+', '+bn', 'wa+gn+bn', '', 'none+gn', 'toString', 'WA'])(
    'refuses "%s" and lists what it knows',
    (name) => {
      expect(() => parseRecipe(name)).toThrow(
        new RegExp(
          `no normalization recipe "${name.replaceAll('+', '\\+')}".*Weights: wa, ws, pws.*Activations: bn, syncbn`,
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

  it('hands each method its options', () => {
    const normOf = (name: string, options: RecipeOptions) =>
      parseRecipe(name, { ...quiet, ...options }).norm({ name: 'n' });
    const communicator = { size: 2, allReduceSum: (tensors: tf.Tensor[]) => tensors };
    expect(normOf('syncbn', { communicator })).toMatchObject({ communicator });
    expect(normOf('brn', { batchRenormalization: { rMax: 2, dMax: 1 } })).toMatchObject({ rMax: 2, dMax: 1 });
    expect(normOf('mabn', { movingAverage: { bufferSize: 4 } })).toMatchObject({ bufferSize: 4 });
    expect(normOf('bkn', { kalman: { predictionRate: 0.5 } })).toMatchObject({ predictionRate: 0.5 });
    expect(normOf('gkn', { groups: 2, kalman: { predictionRate: 0.5 } })).toMatchObject({
      predictionRate: 0.5,
      groups: 2,
    });
    expect(normOf('bcn', { groups: 2, batchChannel: { rate: 0.1 } })).toMatchObject({ rate: 0.1, groups: 2 });
    expect(normOf('frn', { filterResponse: { learnedEpsilon: true } })).toMatchObject({
      learnedEpsilon: true,
    });
    expect(normOf('evos0', { groups: 2 })).toMatchObject({ groups: 2, nonlinearity: true });
    expect(normOf('dsbn', { domains: 3 })).toMatchObject({ domains: 3 });
    expect(
      convOf('pws', { parametricWeightStandardization: { epsilon: 1e-3 } }).kernelNormalizer,
    ).toMatchObject({
      epsilon: 1e-3,
    });
    expect(
      convOf('sws', { scaledWeightStandardization: { variant: 'timm' } }).kernelNormalizer,
    ).toMatchObject({
      variant: 'timm',
    });
    expect(convOf('cwn', { centeredWeightNormalization: { variant: 'lua' } }).kernelNormalizer).toMatchObject(
      {
        variant: 'lua',
      },
    );
    expect(convOf('bkn', { kalman: { prediction: 'consistent' } })).toMatchObject({
      prediction: 'consistent',
    });
    expect(convOf('gkn')).toMatchObject({ prediction: 'consistent' });
  });

  it('puts EvoNorm’s activation into the normalization only where one follows', () => {
    const recipe = parseRecipe('evob0');
    expect(recipe.norm({ name: 'a' })).toMatchObject({ nonlinearity: true });
    expect(recipe.norm({ name: 'b', activation: false })).toMatchObject({ nonlinearity: false });
  });
});

describe('what a recipe says about its parts', () => {
  const warningsOf = (name: string, options: RecipeOptions = {}): string[] => {
    const said: string[] = [];
    const recipe = parseRecipe(name, { ...options, onWarning: (warning) => said.push(warning) });
    expect(recipe.warnings).toEqual(said);
    return said;
  };

  it.each([
    'wa',
    'pws',
    'bn',
    'wa+bn',
    'wa+gn',
    'ws+gn',
    'pws+gn',
    'sws',
    'mabn',
    'ws+mabn',
    'wc+mabn',
    'wa+evob0',
    'none',
  ])('is nothing for %s', (name) => {
    expect(warningsOf(name)).toEqual([]);
  });

  it('leaves WeightAlign’s scale out where the next normalization undoes it, and keeps it elsewhere', () => {
    expect(convOf('wa+bn').kernelNormalizer).toMatchObject({ scale: 'none' });
    expect(convOf('wa+in').kernelNormalizer).toMatchObject({ scale: 'none' });
    expect(convOf('wa+gn').kernelNormalizer).toMatchObject({ scale: 'filter' });
    expect(convOf('wa').kernelNormalizer).toMatchObject({ scale: 'filter' });
  });

  it.each<[string, RecipeOptions]>([
    ['wa+bn', { weightAlign: { scale: 'filter' } }],
    ['pws+in', {}],
    ['sws+brn', {}],
    ['wn+bkn', {}],
    ['cwn+bn', { centeredWeightNormalization: { adjustScale: true } }],
  ])('names the scale without effect in %s', (name, options) => {
    expect(warningsOf(name, options)).toEqual([
      expect.stringMatching(/Recipe "[^"]+": .* divides every channel .* has no effect and no gradient/),
    ]);
  });

  it('names the missing normalization after ws', () => {
    expect(warningsOf('ws')).toEqual([expect.stringMatching(/unit variance.*Use ws\+gn/)]);
    for (const name of ['ws+evob0', 'ws+evos0'])
      expect(warningsOf(name)).toEqual([
        expect.stringMatching(/residual branches that end without an activation/),
      ]);
  });

  it('names the mean that nobody subtracts in wn+mabn', () => {
    expect(warningsOf('wn+mabn').join()).toMatch(
      /relies on centred filters, which Weight Normalization does not give/,
    );
  });
});
