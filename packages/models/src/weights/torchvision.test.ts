// Golden values: see testing/torchvision-golden.ts and testing/deeplabv3plus-golden.ts.

import { parseRecipe } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { deepLabV3 } from '../deeplabv3.ts';
import { mobileNetV2 } from '../mobilenet-v2.ts';
import { resNet } from '../resnet.ts';
import { deepLabV3PlusResNet50, resNet18D, resNet50C } from '../testing/deeplabv3plus-golden.ts';
import { formulaImage, formulaStateDict } from '../testing/formula-weights.ts';
import { largestDeviation } from '../testing/golden.ts';
import { freeTensorsAfterEach } from '../testing/tensor-scope.ts';
import {
  auxiliaryResNet50,
  deepLabV3ResNet50,
  mobileNetV2 as mobileNetV2Golden,
  resNet18,
  resNeXt50,
} from '../testing/torchvision-golden.ts';
import { undrawn } from '../testing/undrawn.ts';
import { fitNorms } from './fit-norms.ts';
import { importWeights } from './import-weights.ts';

freeTensorsAfterEach();

/** All weights come from the files. */
const batchNorm = undrawn(parseRecipe('bn'));

const image = (): tf.Tensor4D => tf.tensor4d(formulaImage(65), [1, 65, 65, 3]);

it('gives torchvision’s ResNet-18 features', () => {
  const model = resNet({ depth: 18, recipe: batchNorm });
  const { report } = importWeights(model, formulaStateDict(model));
  expect(report).toMatchObject({ missing: [], unexpected: [], shapeChanged: [], changedFunction: [] });
  expect(largestDeviation(model.predict(image()) as tf.Tensor, resNet18)).toBeLessThan(1e-5);
});

it('gives torchvision’s ResNeXt-50 features', () => {
  const model = resNet({ depth: 50, recipe: batchNorm, resNeXt: { groups: 32, width: 4 } });
  const { report } = importWeights(model, formulaStateDict(model));
  expect(report).toMatchObject({ missing: [], unexpected: [], shapeChanged: [], changedFunction: [] });
  expect(largestDeviation(model.predict(image()) as tf.Tensor, resNeXt50)).toBeLessThan(1e-5);
});

it('gives torchvision’s MobileNetV2 features', () => {
  const model = mobileNetV2({ recipe: batchNorm });
  importWeights(model, formulaStateDict(model));
  expect(largestDeviation(model.predict(image()) as tf.Tensor, mobileNetV2Golden)).toBeLessThan(1e-5);
});

it('gives the logits of torchvision’s DeepLabv3 on ResNet-50, and those of its auxiliary head', () => {
  const options = { depth: 50, recipe: batchNorm, classes: 21, outputStride: 8 } as const;
  const model = deepLabV3({ ...options, auxiliaryHead: true });
  const { report } = importWeights(model, formulaStateDict(model));
  expect(report).toMatchObject({ missing: [], unexpected: [], shapeChanged: [], changedFunction: [] });
  // torchvision resizes them with other corners than DeepLab's.
  const outputs = ['classifier.4', 'aux_classifier.4'].map(
    (name) => model.getLayer(name).output as tfl.SymbolicTensor,
  );
  const small = tfl.model({ inputs: model.inputs, outputs });
  const [logits, auxiliary] = small.predict(image()) as [tf.Tensor, tf.Tensor];
  expect(largestDeviation(logits, deepLabV3ResNet50)).toBeLessThan(1e-5);
  expect(largestDeviation(auxiliary, auxiliaryResNet50)).toBeLessThan(1e-5);
});

it('gives the logits of DeepLabv3+ in PyTorch', () => {
  const model = deepLabV3({
    depth: 50,
    recipe: batchNorm,
    classes: 5,
    headChannels: 32,
    decoder: 'v3plus',
  });
  const { report } = importWeights(model, formulaStateDict(model));
  expect(report).toMatchObject({ missing: [], unexpected: [], shapeChanged: [], changedFunction: [] });
  expect(largestDeviation(model.predict(image()) as tf.Tensor, deepLabV3PlusResNet50)).toBeLessThan(1e-5);
});

it('with one 3×3 convolution names the decoder’s weights as VainF/DeepLabV3Plus-Pytorch does', () => {
  const model = deepLabV3({
    depth: 18,
    recipe: batchNorm,
    classes: 5,
    headChannels: 8,
    decoder: 'v3plus',
    decoderConvolutions: 1,
  });
  const records = formulaStateDict(model);
  expect(importWeights(model, records).report).toMatchObject({ missing: [], unexpected: [] });
  const kernels = [...records].filter(
    ([name, { shape }]) => name.startsWith('classifier.') && shape.length === 4,
  );
  expect(kernels.map(([name]) => name.slice('classifier.'.length)).sort()).toEqual([
    'aspp.convs.0.0.weight',
    'aspp.convs.1.0.weight',
    'aspp.convs.2.0.weight',
    'aspp.convs.3.0.weight',
    'aspp.convs.4.1.weight',
    'aspp.project.0.weight',
    'classifier.0.weight',
    'classifier.3.weight',
    'project.0.weight',
  ]);
});

it.each([
  ['resnet50c', { depth: 50, variant: 'v1c' }, resNet50C],
  ['resnet18d', { depth: 18, variant: 'v1d' }, resNet18D],
] as const)('gives the features of timm’s %s', (_, options, golden) => {
  const model = resNet({ recipe: batchNorm, ...options });
  const { report } = importWeights(model, formulaStateDict(model));
  expect(report).toMatchObject({ missing: [], unexpected: [], shapeChanged: [], changedFunction: [] });
  expect(largestDeviation(model.predict(image()) as tf.Tensor, golden)).toBeLessThan(1e-5);
});

it('takes the deep stem of MMSegmentation’s state dicts', () => {
  const options = { depth: 18, recipe: batchNorm, variant: 'v1c' } as const;
  const model = resNet(options);
  const records = formulaStateDict(model);
  importWeights(model, records);
  const renamed = [...records].map(
    ([name, record]) =>
      [name.replace(/^conv1\.(\d)/, 'stem.$1').replace(/^bn1\./, 'stem.7.'), record] as const,
  );
  expect(renamed.map(([name]) => name)).toContain('stem.7.running_var');
  const other = resNet(options);
  expect(importWeights(other, new Map(renamed)).report).toMatchObject({ missing: [], unexpected: [] });
  const [wanted, got] = [model, other].map((m) => (m.predict(image()) as tf.Tensor).dataSync());
  expect(got).toEqual(wanted);
});

it('fits other normalizations to it, those of the auxiliary head among them', () => {
  const options = {
    depth: 18,
    classes: 4,
    headChannels: 16,
    atrousRates: [1, 2, 3],
    auxiliaryHead: true,
  } as const;
  const records = formulaStateDict(deepLabV3({ ...options, recipe: batchNorm }));
  const model = deepLabV3({ ...options, recipe: undrawn(parseRecipe('gn')) });
  const imported = importWeights(model, records);
  expect(imported.report.missing).toEqual([]);
  const fitted = fitNorms(model, imported, image());
  expect(fitted.map(({ layer }) => layer)).toContain('aux_classifier.1');
  for (const { layer, unexplained } of fitted) expect(unexplained, layer).toBeLessThan(1);
});

it('reports torchvision’s auxiliary head as unexpected where the model has none, and takes the rest', () => {
  const options = { depth: 18, recipe: batchNorm, classes: 4, headChannels: 16 } as const;
  const records = formulaStateDict(deepLabV3({ ...options, auxiliaryHead: true }));
  const { report } = importWeights(deepLabV3(options), records);
  expect(report).toMatchObject({ missing: [], shapeChanged: [], changedFunction: [] });
  expect(report.unexpected.sort()).toEqual(
    ['0.weight', '1.bias', '1.running_mean', '1.running_var', '1.weight', '4.bias', '4.weight'].map(
      (member) => `aux_classifier.${member}`,
    ),
  );
});
