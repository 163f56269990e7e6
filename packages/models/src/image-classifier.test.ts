import { parseRecipe } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { imageClassifier, type ClassifierBackbone } from './image-classifier.ts';
import { resNet } from './resnet.ts';
import {
  digitClassifier,
  gap,
  narrow,
  noiseImages,
  run,
  values,
  weightOfLayer,
} from './testing/digit-classifier.ts';
import { freeTensorsAfterEach } from './testing/tensor-scope.ts';
import { formulaStateDict, formulaWeight } from './testing/formula-weights.ts';
import { undrawn } from './testing/undrawn.ts';
import { importWeights } from './weights/import-weights.ts';

freeTensorsAfterEach();

describe('the image classifier', () => {
  it.each<[string, ClassifierBackbone, number, number, string]>([
    ['ResNet-18', { kind: 'resnet', depth: 18 }, 33, 512, 'resnet18_gn'],
    ['ResNet-34', { kind: 'resnet', depth: 34 }, 33, 512, 'resnet34_gn'],
    ['ResNet-50-D', { kind: 'resnet', depth: 50, variant: 'v1d' }, 33, 2048, 'resnet50v1d_gn'],
    [
      'ResNeXt-50 32×4d',
      { kind: 'resnet', depth: 50, resNeXt: { groups: 32, width: 4 } },
      33,
      2048,
      'resnext50_32x4d_gn',
    ],
    ['the CIFAR ResNet-20', { kind: 'cifar-resnet', depth: 20 }, 32, 64, 'cifar_resnet20_gn'],
    [
      'ResNet-18 for CIFAR',
      { kind: 'cifar-resnet', depth: 18, widths: 'imagenet' },
      32,
      512,
      'cifar_resnet18_gn',
    ],
    ['SqueezeNet', { kind: 'squeezenet' }, 33, 512, 'squeezenet_gn'],
    ['the digit network', { kind: 'digits' }, 28, 800, 'digits_gn'],
  ])('on %s gives the backbone’s features and logits', (_, backbone, side, width, name) => {
    const recipe = undrawn(parseRecipe('gn'));
    const common = { backbone, recipe, classes: 5, classifier: 'plain', seed: 0 } as const;
    const model = imageClassifier({ ...common, bottleneck: null });
    const x = tf.zeros([2, side, side, 3]);
    expect(model.name).toBe(name);
    expect(model.inputNames).toEqual(['image']);
    expect(run(model, x).map(({ shape }) => shape)).toEqual([
      [2, width],
      [2, 5],
    ]);
    const other = imageClassifier({ ...common, bottleneck: { ...narrow, width: 12, norm: false } });
    expect(run(other, x).map(({ shape }) => shape)).toEqual([
      [2, 12],
      [2, 5],
    ]);
    const parts = other.layers.map((layer) => layer.name.split('.')[0]);
    expect(new Set(parts)).toEqual(new Set(['image', 'backbone', 'bottleneck', 'classifier']));
  });

  it('draws each layer by its name and the seed', () => {
    const [first, same, other] = [1, 1, 2].map((seed) => digitClassifier('gn', { seed }));
    for (const layer of ['bottleneck.fc', 'classifier.fc']) {
      const drawn = values(weightOfLayer(first as tfl.LayersModel, layer));
      expect(values(weightOfLayer(same as tfl.LayersModel, layer))).toEqual(drawn);
      expect(values(weightOfLayer(other as tfl.LayersModel, layer))).not.toEqual(drawn);
    }
  });

  it('has a plain classifier from N(0, 0.01²), or one with lengths of 1', () => {
    const plain = weightOfLayer(digitClassifier('wa'), 'classifier.fc');
    expect(values(tf.moments(plain).variance)[0]).toBeCloseTo(1e-4, 4);
    const model = digitClassifier('wa', { classifier: 'weight-norm' });
    const length = weightOfLayer(model, 'classifier.fc', 1);
    expect(Array.from(values(length))).toEqual([1, 1, 1, 1]);
    const [features, logits] = run(model, noiseImages(3));
    const directions = tf.div(
      weightOfLayer(model, 'classifier.fc'),
      tf.norm(weightOfLayer(model, 'classifier.fc'), 2, 0, true),
    );
    expect(gap(logits, tf.matMul(features, directions as tf.Tensor2D))).toBeLessThan(1e-4);
  });

  it('refuses what it cannot have', () => {
    expect(() => digitClassifier('gn', { classes: 1 })).toThrow('got 1 classes; give at least 2');
    expect(() => digitClassifier('gn', { bottleneck: { ...narrow, width: 0 } })).toThrow(
      'width 0; give a whole number',
    );
    for (const recipe of ['gn', 'ws+gn', 'gkn', 'bcn']) {
      expect(() => digitClassifier(recipe, { bottleneck: { ...narrow, width: 64 } })).toThrow(
        /width 64 with recipe .*, whose groups of two features or one keep nothing/,
      );
    }
    for (const recipe of ['in', 'frn', 'wa+in']) {
      expect(() => digitClassifier(recipe)).toThrow(
        /bottleneck got norm true with recipe .*, and a feature has one: set bottleneck.norm false/,
      );
    }
  });
});

describe('weights from elsewhere', () => {
  const taskWeights = ['bottleneck.fc/kernel', 'bottleneck.norm/gamma', 'bottleneck.norm/beta'];

  it('of torchvision’s ResNet-50 fill the backbone; the classifiers of both are named', () => {
    const records = formulaStateDict(resNet({ depth: 50, recipe: undrawn(parseRecipe('bn')) }));
    records
      .set('fc.weight', formulaWeight('fc.weight', [10, 2048]))
      .set('fc.bias', formulaWeight('fc.bias', [10]));
    const model = imageClassifier({
      backbone: { kind: 'resnet', depth: 50 },
      recipe: undrawn(parseRecipe('bn')),
      classes: 31,
      bottleneck: narrow,
      classifier: 'plain',
      seed: 0,
    });
    const { report } = importWeights(model, records);
    expect(report.format).toBe('torchvision');
    expect(report.unexpected.sort()).toEqual(['fc.bias', 'fc.weight']);
    expect(report.missing).toEqual([
      ...taskWeights,
      'bottleneck.norm/movingMean',
      'bottleneck.norm/movingVariance',
      'classifier.fc/kernel',
      'classifier.fc/bias',
    ]);
    expect(report).toMatchObject({ shapeChanged: [], changedFunction: [] });
    const kernel = weightOfLayer(model, 'backbone.layer4.2.conv3');
    const file = records.get('layer4.2.conv3.weight');
    expect(values(tf.transpose(kernel, [3, 2, 0, 1]))).toEqual(file?.data);
  });

  it('of another backbone are refused', () => {
    const records = formulaStateDict(resNet({ depth: 18, recipe: undrawn(parseRecipe('bn')) }));
    expect(() => importWeights(digitClassifier('bn'), records)).toThrow(/do not fit the model "digits_bn"/);
  });
});
