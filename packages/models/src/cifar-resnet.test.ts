// Golden values: see testing/cifar-resnet-golden.ts.

import { fold, parseRecipe } from '@plumbline/norm';
import { savedAndLoaded } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { cifarResNetFeatures, type CifarResNetOptions } from './cifar-resnet.ts';
import { imageClassifier } from './image-classifier.ts';
import { boundaryProjection, pad, preActivationPad, projection } from './testing/cifar-resnet-golden.ts';
import { countParameters } from './testing/count-parameters.ts';
import { gap, quiet, run, values } from './testing/digit-classifier.ts';
import { expectEveryGradient } from './testing/every-gradient.ts';
import { formulaImage, setFormulaWeights } from './testing/formula-weights.ts';
import { largestDeviation } from './testing/golden.ts';
import { freeTensorsAfterEach } from './testing/tensor-scope.ts';
import { undrawn } from './testing/undrawn.ts';

freeTensorsAfterEach();

type Network = Omit<CifarResNetOptions, 'recipe' | 'prefix'>;
const batchNorm = undrawn(parseRecipe('bn'));

const features = (options: CifarResNetOptions): tfl.LayersModel => {
  const image = tfl.input({ shape: [null, null, 3], name: 'image' });
  return tfl.model({ inputs: image, outputs: cifarResNetFeatures(image, options) });
};
const classifier = (network: Network, recipe = batchNorm, classes = 10): tfl.LayersModel =>
  imageClassifier({
    backbone: { kind: 'cifar-resnet', ...network },
    recipe,
    classes,
    bottleneck: null,
    classifier: 'plain',
    seed: 0,
  });
const layerNames = (model: tfl.LayersModel): string[] => model.layers.map(({ name }) => name);

describe('the CIFAR ResNet', () => {
  // As akamaster/pytorch_resnet_cifar10 counts them; the paper's table 6 has 0.27, 0.46, 0.66, 0.85 and 1.7 million.
  it.each([
    [20, 269_722],
    [32, 464_154],
    [44, 658_586],
    [56, 853_018],
    [110, 1_727_962],
  ])('of depth %i has the published parameters', (depth, parameters) => {
    expect(countParameters(classifier({ depth }))).toBe(parameters);
  });

  it('of option B has two more convolutions and normalizations', () => {
    const more = 16 * 32 + 2 * 32 + 32 * 64 + 2 * 64;
    expect(countParameters(classifier({ depth: 20, shortcut: 'projection' }))).toBe(269_722 + more);
  });

  it('pre-activated normalizes what comes into a block, and the last sum', () => {
    // Into the stages' first blocks come 16, 16 and 32 channels, and 64 to the last rectifier; the stem has no norm.
    const fewer = 2 * (16 + 32 + 64) + 2 * 16 - 2 * (16 + 16 + 32) - 2 * 64;
    expect(countParameters(classifier({ depth: 20, preActivation: true }))).toBe(269_722 - fewer);
  });

  // kuangliu/pytorch-cifar's ResNet18 and ResNet34 with 10 classes.
  it.each([
    [18, 11_173_962],
    [34, 21_282_122],
  ])('with the widths of ImageNet and depth %i has the parameters of its namesake', (depth, parameters) => {
    expect(countParameters(classifier({ depth, widths: 'imagenet' }))).toBe(parameters);
  });

  it.each<[string, Network, number, number[]]>([
    ['', { depth: 8 }, 32, [8, 8, 64]],
    ['of an odd size', { depth: 8 }, 29, [8, 8, 64]],
    ['with projections, of an odd size', { depth: 8, shortcut: 'projection' }, 29, [8, 8, 64]],
    ['pre-activated, of an odd size', { depth: 8, preActivation: true }, 29, [8, 8, 64]],
    ['with the widths of ImageNet', { depth: 18, widths: 'imagenet' }, 32, [4, 4, 512]],
    [
      'with the widths of ImageNet and zeros for new channels',
      { depth: 18, widths: 'imagenet', shortcut: 'pad' },
      17,
      [3, 3, 512],
    ],
  ])('%s has features at the stride of its last stage', (_, network, side, shape) => {
    const model = features({ recipe: batchNorm, ...network });
    expect((model.predict(tf.zeros([2, side, side, 3])) as tf.Tensor).shape).toEqual([2, ...shape]);
    expect(model.outputs[0]?.shape.slice(1)).toEqual([null, null, shape[2]]);
  });

  it('has two layer normalizations where a recipe does not normalize activations', () => {
    const model = features({ recipe: quiet('pws'), depth: 8, preActivation: true, boundaryNorm: true });
    const norms = model.layers.filter((layer) => /Norm$/.test(layer.getClassName()));
    expect(norms.map(({ name }) => name)).toEqual(['stem.norm', 'last.norm']);
    for (const norm of norms) expect(norm.getConfig()).toMatchObject({ groups: 1 });
  });

  it('refuses what it cannot have', () => {
    const build = (options: Partial<CifarResNetOptions>): tfl.LayersModel =>
      features({ recipe: batchNorm, depth: 20, ...options });
    for (const depth of [2, 18, 21, NaN]) {
      expect(() => build({ depth })).toThrow(
        `The CIFAR ResNet got depth ${depth}; give 6n + 2, such as 8, 20, 32, 44, 56 or 110.`,
      );
    }
    expect(() => build({ widths: 'imagenet' })).toThrow(
      'A CIFAR ResNet with the widths of ImageNet got depth 20; give 18 or 34.',
    );
    expect(() => build({ widths: 'wide' as 'cifar' })).toThrow('got widths wide; give cifar or imagenet.');
    expect(() => build({ shortcut: 'A' as 'pad' })).toThrow('got shortcut A; give pad or projection.');
    expect(() => build({ boundaryNorm: true })).toThrow(
      'got boundaryNorm true and preActivation false, whose last rectifier is a block’s: set preActivation true.',
    );
  });
});

describe.each([
  ['with option A', pad, 'bn', { shortcut: 'pad' }],
  ['with option B', projection, 'bn', { shortcut: 'projection' }],
  ['pre-activated', preActivationPad, 'bn', { preActivation: true }],
  [
    'without normalization but at its ends',
    boundaryProjection,
    'none',
    { shortcut: 'projection', preActivation: true, boundaryNorm: true },
  ],
] as const)('%s', (_, golden, recipe, network) => {
  const model = (): tfl.LayersModel => {
    const built = features({ recipe: undrawn(parseRecipe(recipe)), depth: 14, ...network });
    setFormulaWeights(built);
    return built;
  };
  const image = (): tf.Tensor4D => tf.tensor4d(formulaImage(16), [1, 16, 16, 3]);

  it('gives PyTorch’s features', () => {
    expect(largestDeviation(model().predict(image()) as tf.Tensor, golden.inference)).toBeLessThan(1e-5);
  });

  it('gives PyTorch’s features in training mode', () => {
    const got = model().apply(image(), { training: true }) as tf.Tensor;
    expect(largestDeviation(got, golden.training)).toBeLessThan(1e-4);
  });
});

describe.each<[string, Network]>([
  ...['none', 'wa', 'bn', 'wa+gn', 'ws+gn', 'mabn', 'frn', 'evob0', 'bkn', 'gkn'].flatMap(
    (recipe): [string, Network][] => [
      [recipe, { depth: 14 }],
      [recipe, { depth: 14, preActivation: true }],
    ],
  ),
  ['bn', { depth: 14, shortcut: 'projection' }],
  ['bkn', { depth: 14, shortcut: 'projection', preActivation: true }],
  ['wa', { depth: 14, preActivation: true, boundaryNorm: true }],
  ['pws', { depth: 14, shortcut: 'projection', preActivation: true, boundaryNorm: true }],
  ['pws', { depth: 18, widths: 'imagenet', preActivation: true, boundaryNorm: true }],
])('with recipe %s, %j', (name, network) => {
  const build = (): tfl.LayersModel => classifier(network, quiet(name), 4);
  const pictures = (): tf.Tensor4D => tf.randomNormal([3, 16, 16, 3], 0, 1, 'float32', 5);
  /** After a pass in training, so that running statistics are something. */
  const used = (): tfl.LayersModel => {
    const model = build();
    tf.dispose(tf.variableGrads(() => tf.mean(run(model, pictures(), true)[1])) as tf.TensorContainer);
    return model;
  };

  it('gives every trainable weight a finite gradient that is not zero', () => {
    const model = build();
    expect(new Set(layerNames(model).map((layer) => layer.split('.')[0]))).toEqual(
      new Set(['image', 'backbone', 'classifier']),
    );
    expectEveryGradient(model, pictures());
  });

  it('is restored to the last bit by TF.js’s own save and load', async () => {
    const model = used();
    const restored = await savedAndLoaded(model);
    const [wanted, got] = [model, restored].map((m) => run(m, pictures()).map(values));
    expect(got).toEqual(wanted);
  });

  it('is the same function folded', () => {
    const model = used();
    const [wanted, got] = [model, fold(model).model].map((m) => run(m, pictures())[0]);
    const largest = values(tf.max(tf.abs(wanted as tf.Tensor)))[0] ?? NaN;
    expect(gap(wanted as tf.Tensor, got as tf.Tensor) / largest).toBeLessThan(1e-4);
  });
});
