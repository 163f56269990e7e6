import { parseRecipe } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import {
  imageClassifier,
  type ClassifierBackbone,
  type ImageClassifierOptions,
} from '../image-classifier.ts';
import { resNet } from '../resnet.ts';
import { gap, narrow, run, values, weightOfLayer } from '../testing/digit-classifier.ts';
import { formulaImage, formulaStateDict, formulaWeight } from '../testing/formula-weights.ts';
import { freeTensorsAfterEach } from '../testing/tensor-scope.ts';
import { undrawn } from '../testing/undrawn.ts';
import { importWeights } from './import-weights.ts';
import type { WeightRecord } from './named-weights.ts';

freeTensorsAfterEach();

const CLASSES = 5;
const batchNorm = undrawn(parseRecipe('bn'));
const model = (options: Partial<ImageClassifierOptions> = {}): tfl.LayersModel =>
  imageClassifier({
    backbone: { kind: 'cifar-resnet', depth: 8 },
    recipe: batchNorm,
    classes: CLASSES,
    bottleneck: null,
    classifier: 'plain',
    seed: 0,
    ...options,
  });

/** The state dict of a classifier, as akamaster/pytorch_resnet_cifar10 names it or torchvision, with names behind `before`. */
function stateDict(name: 'linear' | 'fc', before = '', features = 64): Map<string, WeightRecord> {
  const records = new Map<string, WeightRecord>();
  const all = [
    ...[...formulaStateDict(model())].filter(([record]) => !record.startsWith('classifier.')),
    [`${name}.weight`, formulaWeight('fc.weight', [CLASSES, features])] as const,
    [`${name}.bias`, formulaWeight('fc.bias', [CLASSES])] as const,
  ];
  for (const [record, value] of all) records.set(`${before}${record.replace(/^backbone\./, '')}`, value);
  return records;
}

describe.each([
  ['linear', ''],
  ['fc', 'module.'],
] as const)('a CIFAR ResNet’s file with the last layer %s behind "%s"', (name, before) => {
  const records = stateDict(name, before);

  it('fills the whole model where the classifier is wanted', () => {
    const filled = model();
    const { report } = importWeights(filled, records, { classifier: 'required' });
    expect(report).toMatchObject({ format: 'torchvision', missing: [], unexpected: [], shapeChanged: [] });
    expect(report.changedFunction).toEqual([]);
    expect(report.matched).toEqual(expect.arrayContaining(['classifier.fc/kernel', 'classifier.fc/bias']));
    expect(report.matched).toHaveLength(records.size);
    const [features, logits] = run(filled, tf.tensor4d(formulaImage(16), [1, 16, 16, 3]));
    // As PyTorch's linear: x · Wᵀ + b.
    const weight = tf.tensor2d(records.get(`${before}${name}.weight`)?.data ?? [], [CLASSES, 64]);
    const bias = tf.tensor1d(records.get(`${before}${name}.bias`)?.data ?? []);
    expect(gap(logits, tf.add(tf.matMul(features, weight, false, true), bias))).toBeLessThan(1e-5);
  });

  it('leaves the classifier as it was otherwise', () => {
    const filled = model();
    const start = values(weightOfLayer(filled, 'classifier.fc')).slice();
    const { report } = importWeights(filled, records);
    expect(report.missing).toEqual(['classifier.fc/kernel', 'classifier.fc/bias']);
    expect(report.unexpected.sort()).toEqual([`${before}${name}.bias`, `${before}${name}.weight`]);
    expect(values(weightOfLayer(filled, 'classifier.fc'))).toEqual(start);
  });
});

it('takes a classifier that fits, and goes without one that does not', () => {
  const records = stateDict('linear');
  expect(importWeights(model(), records, { classifier: 'fitting' }).report.missing).toEqual([]);
  const other = model({ classes: 7 });
  const start = values(weightOfLayer(other, 'classifier.fc')).slice();
  const { report } = importWeights(other, records, { classifier: 'fitting' });
  expect(report.missing).toEqual(['classifier.fc/kernel', 'classifier.fc/bias']);
  expect(values(weightOfLayer(other, 'classifier.fc'))).toEqual(start);
});

describe('a required classifier is refused, and nothing changes,', () => {
  const refused = (wanted: RegExp, target: tfl.LayersModel, records = stateDict('linear')): void => {
    const first = target.layers.find(({ name }) => /(^|\.)conv1$/.test(name));
    expect(() => importWeights(target, records, { classifier: 'required' })).toThrow(wanted);
    if (first !== undefined) expect(values(tf.max(tf.abs(first.getWeights()[0] as tf.Tensor)))[0]).toBe(0);
  };

  it('where the classes are others', () => {
    refused(
      /^The file's classifier "linear" has 5 classes of 64 features, and that of the model "cifar_resnet8_bn" 7 of 64: give the model the file's classes and no bottleneck, or leave the option classifier out\.$/,
      model({ classes: 7 }),
    );
  });

  it('behind a bottleneck', () => {
    refused(
      /has 5 classes of 64 features, .* 5 of 128: give .* no bottleneck/,
      model({ bottleneck: narrow }),
    );
  });

  it('by a classifier with normalized weights', () => {
    refused(
      /normalizes its weights, and the file's does not: build the model with classifier plain\.$/,
      model({ classifier: 'weight-norm' }),
    );
  });

  it('by a model that is no image classifier', () => {
    refused(/"resnet18" has no layer "classifier\.fc"/, resNet({ depth: 18, recipe: batchNorm }));
  });

  it('where the file has none', () => {
    const records = stateDict('linear');
    records.delete('linear.bias');
    refused(/read as torchvision's, have no fully connected classifier, fc or linear, for/, model(), records);
  });
});

it.each<ClassifierBackbone>([
  { kind: 'cifar-resnet', depth: 8, preActivation: true },
  { kind: 'cifar-resnet', depth: 18, widths: 'imagenet', preActivation: true },
])('weights are not read as those of %j, whose normalizations stand before its convolutions', (backbone) => {
  expect(() => importWeights(model({ backbone }), stateDict('linear'))).toThrow(
    /^The model "cifar_resnet\d+_bn" normalizes before its convolutions, and .* build it with preActivation false\.$/,
  );
});

it('shortcuts are understood by either name, and reported where the model’s have no weights', () => {
  const projecting = { kind: 'cifar-resnet', depth: 8, shortcut: 'projection' } as const;
  const shapes = formulaStateDict(model({ backbone: projecting }));
  const records = new Map(stateDict('linear'));
  for (const [name, record] of shapes) {
    if (name.includes('downsample')) records.set(name.slice(9).replace('downsample', 'shortcut'), record);
  }
  const { report } = importWeights(model({ backbone: projecting }), records, { classifier: 'required' });
  expect(report).toMatchObject({ missing: [], unexpected: [], shapeChanged: [], changedFunction: [] });
  const padded = importWeights(model(), records, { classifier: 'required' }).report;
  expect(padded.unexpected).toHaveLength(10);
  expect(padded.changedFunction.map(({ layer }) => layer)).toEqual([
    'backbone.layer2.0.shortcut',
    'backbone.layer3.0.shortcut',
  ]);
  expect(padded.changedFunction[0]?.why).toMatch(
    /is a convolution: build the model with shortcut projection$/,
  );
  expect(() => importWeights(model({ backbone: projecting }), stateDict('linear'))).toThrow(
    /lacks backbone\.layer2\.0\.downsample\.0\/kernel/,
  );
});
