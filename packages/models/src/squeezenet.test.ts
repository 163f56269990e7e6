// Golden values: see testing/squeezenet-golden.ts.

import { parseRecipe, type Recipe } from '@plumbline/norm';
import { savedAndLoaded } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { toStock } from './export/to-stock.ts';
import { squeezeNet } from './squeezenet.ts';
import { countParameters } from './testing/count-parameters.ts';
import { expectEveryGradient } from './testing/every-gradient.ts';
import { formulaImage, formulaStateDict, formulaWeight } from './testing/formula-weights.ts';
import { largestDeviation } from './testing/golden.ts';
import { caffeLogits, squeezeNetFeatures, squeezeNetLogits } from './testing/squeezenet-golden.ts';
import { freeTensorsAfterEach } from './testing/tensor-scope.ts';
import { importWeights } from './weights/import-weights.ts';
import { keepingKernels } from './weights/kept-kernels.ts';
import type { WeightRecord } from './weights/named-weights.ts';

freeTensorsAfterEach();

const CLASSES = 7;
const plain = (options: { recipe?: Recipe; classifierPadding?: 0 | 1 } = {}): tfl.LayersModel =>
  squeezeNet({ recipe: parseRecipe('none'), classes: CLASSES, ...options });
const image = (): tf.Tensor4D => tf.tensor4d(formulaImage(65), [1, 65, 65, 3]);
const asMap = (logits: tf.Tensor): tf.Tensor => tf.reshape(logits, [1, 1, 1, CLASSES]);

/** The Caffe file of the model, by the formula, under either release's names. */
function caffeFile(model: tfl.LayersModel, names: 'release' | 'compressed'): Map<string, WeightRecord> {
  const parts = {
    release: { squeeze: 'squeeze1x1', expand1x1: 'expand1x1', expand3x3: 'expand3x3', last: 'conv10' },
    compressed: { squeeze: 'conv1x1_1', expand1x1: 'conv1x1_2', expand3x3: 'conv3x3_2', last: 'conv_final' },
  };
  const records = new Map<string, WeightRecord>();
  for (const [name, { shape }] of formulaStateDict(model)) {
    const [, index = '', part = '', kind = ''] = /^\w+\.(\d+)(?:\.(\w+))?\.(weight|bias)$/.exec(name) ?? [];
    const fire = [3, 4, 5, 7, 8, 9, 10, 12].indexOf(Number(index)) + 2;
    const layer = (of: 'release' | 'compressed'): string =>
      name.startsWith('classifier.')
        ? parts[of].last
        : index === '0'
          ? 'conv1'
          : `fire${fire}/${parts[of][part as 'squeeze']}`;
    records.set(`${layer(names)}.${kind}`, formulaWeight(`${layer('release')}.${kind}`, shape));
  }
  return records;
}

it('has the parameters of its torchvision namesake', () => {
  expect(countParameters(squeezeNet({ recipe: parseRecipe('none') }))).toBe(1_248_424);
});

it('gives torchvision’s features and logits', () => {
  const model = plain({ classifierPadding: 0 });
  const { report } = importWeights(model, formulaStateDict(model));
  expect(report).toMatchObject({ format: 'torchvision', missing: [], unexpected: [], shapeChanged: [] });
  const features = model.getLayer('features.12.concat').output as tfl.SymbolicTensor;
  const [map, logits] = tfl
    .model({ inputs: model.inputs, outputs: [features, ...model.outputs] })
    .predict(image()) as [tf.Tensor, tf.Tensor];
  expect(largestDeviation(map, squeezeNetFeatures)).toBeLessThan(1e-5);
  expect(largestDeviation(logits, squeezeNetLogits)).toBeLessThan(1e-5);
});

describe.each(['release', 'compressed'] as const)('with the weights of a Caffe file, %s names', (names) => {
  it('gives Caffe’s logits, of red, green, blue', () => {
    const model = plain();
    const { report } = importWeights(model, caffeFile(model, names));
    expect(report).toMatchObject({ format: 'caffe', missing: [], unexpected: [], shapeChanged: [] });
    expect(report.changedFunction).toEqual([]);
    expect(largestDeviation(model.predict(image()) as tf.Tensor, caffeLogits)).toBeLessThan(1e-5);
  });
});

it.each(['bn', 'wa', 'ws+bn'])(
  'computes what the file does with recipe %s that keeps its kernels',
  (name) => {
    const model = plain({ recipe: keepingKernels(parseRecipe(name)) });
    const { report } = importWeights(model, caffeFile(plain(), 'release'));
    expect(report).toMatchObject({ missing: [], unexpected: [], changedFunction: [] });
    expect(largestDeviation(model.predict(image()) as tf.Tensor, caffeLogits)).toBeLessThan(1e-4);
  },
);

it('says what of a Caffe file belongs nowhere, and refuses one that is not whole', () => {
  const records = caffeFile(plain(), 'release');
  const stray = { shape: [1], data: new Float32Array(1) };
  const { report } = importWeights(plain(), new Map([...records, ['fire2/other.weight', stray]]));
  expect(report.unexpected).toEqual(['fire2/other.weight']);
  expect(() => importWeights(squeezeNet({ recipe: parseRecipe('none'), classes: 3 }), records)).toThrow(
    /classifier\.1\/kernel \(file \[1, 1, 512, 7\], model \[1, 1, 512, 3\]\)\. Build .* depth, width or classes\.$/,
  );
  records.delete('fire9/expand3x3.weight');
  expect(() => importWeights(plain(), records)).toThrow(
    /read as caffe's, .* lacks features\.12\.expand3x3\/kernel, features\.12\.expand3x3\/bias/,
  );
});

// Caffe's arithmetic: (W − 7)/2 + 1 rounded down, then thrice (W − 3)/2 + 1 rounded up.
it.each([
  [227, 13],
  [224, 13],
  [64, 3],
  [33, 1],
])('makes %i pixels a map of %i', (side, wanted) => {
  const model = plain();
  const features = model.getLayer('features.12.concat').output as tfl.SymbolicTensor;
  const map = tfl.model({ inputs: model.inputs, outputs: features }).predict(tf.zeros([1, side, side, 3]));
  expect((map as tf.Tensor).shape).toEqual([1, wanted, wanted, 512]);
});

it('is the same with stock layers, where the poolings round up', () => {
  const model = plain();
  importWeights(model, formulaStateDict(model));
  const stock = toStock(model, { size: 64 });
  const picture = tf.slice(image(), [0, 0, 0, 0], [1, 64, 64, 3]);
  const [wanted, got] = [model, stock].map((m) => asMap(m.predict(picture) as tf.Tensor));
  const gap = tf.max(tf.abs(tf.sub(wanted as tf.Tensor, got as tf.Tensor))).dataSync()[0];
  expect(gap).toBeLessThan(1e-5);
});

describe.each(['none', 'wa', 'wa+bn', 'wa+gn', 'ws+gn', 'bn', 'gn', 'mabn', 'frn', 'evos0', 'bkn', 'gkn'])(
  'with recipe %s',
  (name) => {
    const build = (): tfl.LayersModel => squeezeNet({ recipe: parseRecipe(name), classes: 4, dropout: 0 });

    it('gives every trainable weight a finite gradient that is not zero', () => {
      const model = build();
      const pictures = tf.randomNormal<tf.Rank.R4>([2, 65, 65, 3], 0, 1, 'float32', 3);
      expectEveryGradient(model, pictures);
    });

    it('is restored to the last bit by TF.js’s own save and load', async () => {
      const model = build();
      const pictures = tf.randomNormal<tf.Rank.R4>([2, 65, 65, 3], 0, 1, 'float32', 7);
      tf.dispose(model.apply(pictures, { training: true }) as tf.Tensor);
      const restored = await savedAndLoaded(model);
      const [wanted, got] = [model, restored].map((m) => (m.predict(pictures) as tf.Tensor).dataSync());
      expect(got).toEqual(wanted);
    });
  },
);
