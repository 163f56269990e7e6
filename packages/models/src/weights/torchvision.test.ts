// Golden values: see testing/torchvision-golden.ts.

import { parseRecipe } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { deepLabV3 } from '../deeplabv3.ts';
import { mobileNetV2 } from '../mobilenet-v2.ts';
import { resNet } from '../resnet.ts';
import { formulaImage, formulaStateDict } from '../testing/formula-weights.ts';
import {
  deepLabV3ResNet50,
  mobileNetV2 as golden,
  resNet18,
  type Golden,
} from '../testing/torchvision-golden.ts';
import { importWeights } from './import-weights.ts';

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
  tf.disposeVariables();
});

function worst(features: tf.Tensor, { shape, step, values }: Golden): number {
  expect(features.shape).toEqual(shape);
  const got = features.dataSync().filter((_, i) => i % step === 0);
  expect(got).toHaveLength(values.length);
  return Math.max(...values.map((value, i) => Math.abs(value - (got[i] ?? NaN))));
}

const image = (): tf.Tensor4D => tf.tensor4d(formulaImage(65), [1, 65, 65, 3]);

it('gives torchvision’s ResNet-18 features', () => {
  const model = resNet({ depth: 18, recipe: parseRecipe('bn') });
  const { report } = importWeights(model, formulaStateDict(model));
  expect(report).toMatchObject({ missing: [], unexpected: [], shapeChanged: [], changedFunction: [] });
  expect(worst(model.predict(image()) as tf.Tensor, resNet18)).toBeLessThan(1e-5);
});

it('gives torchvision’s MobileNetV2 features', () => {
  const model = mobileNetV2({ recipe: parseRecipe('bn') });
  importWeights(model, formulaStateDict(model));
  expect(worst(model.predict(image()) as tf.Tensor, golden)).toBeLessThan(1e-5);
});

it('gives the logits of torchvision’s DeepLabv3 on ResNet-50', () => {
  const model = deepLabV3({ depth: 50, recipe: parseRecipe('bn'), classes: 21, outputStride: 8 });
  const { report } = importWeights(model, formulaStateDict(model));
  expect(report).toMatchObject({ missing: [], unexpected: [], shapeChanged: [], changedFunction: [] });
  // torchvision resizes them with other corners than DeepLab's.
  const logits = model.getLayer('classifier.4').output as tfl.SymbolicTensor;
  const small = tfl.model({ inputs: model.inputs, outputs: logits });
  expect(worst(small.predict(image()) as tf.Tensor, deepLabV3ResNet50)).toBeLessThan(1e-5);
});
