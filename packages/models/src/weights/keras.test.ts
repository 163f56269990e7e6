// Golden values: see testing/keras-golden.ts.

import { parseRecipe } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { deepLabV3 } from '../deeplabv3.ts';
import { mobileNetV2 } from '../mobilenet-v2.ts';
import { resNet } from '../resnet.ts';
import { formulaImage, formulaWeight } from '../testing/formula-weights.ts';
import { largestDeviation } from '../testing/golden.ts';
import { mobileNetV2Half, resNet50 } from '../testing/keras-golden.ts';
import { freeTensorsAfterEach } from '../testing/tensor-scope.ts';
import { undrawn } from '../testing/undrawn.ts';
import { importWeights } from './import-weights.ts';
import type { WeightRecord } from './named-weights.ts';

freeTensorsAfterEach();

/** All weights come from the files. */
const batchNorm = undrawn(parseRecipe('bn'));

const image = (): tf.Tensor4D => tf.tensor4d(formulaImage(65), [1, 65, 65, 3]);

/** Keras' name of a layer of ours. */
function kerasLayer(name: string): string {
  const [, stage, index, member = ''] = /^layer(\d)\.(\d+)\.(.*)$/.exec(name) ?? [];
  if (stage !== undefined) {
    const part = member.replace(/^downsample\.0$/, 'conv0').replace(/^downsample\.1$/, 'bn0');
    const [, kind = '', number = ''] = /^(conv|bn)(\d)$/.exec(part) ?? [];
    return `conv${Number(stage) + 1}_block${Number(index) + 1}_${number}_${kind}`;
  }
  const [, feature, path = ''] = /^features\.(\d+)\.(.*)$/.exec(name) ?? [];
  const others: Record<string, string> = {
    conv1: 'conv1_conv',
    bn1: 'conv1_bn',
    'features.0.0': 'Conv1',
    'features.0.1': 'bn_Conv1',
  };
  if (others[name] !== undefined) return others[name];
  const first = {
    'conv.0.0': 'depthwise',
    'conv.0.1': 'depthwise_BN',
    'conv.1': 'project',
    'conv.2': 'project_BN',
  };
  const later = {
    'conv.0.0': 'expand',
    'conv.0.1': 'expand_BN',
    'conv.1.0': 'depthwise',
    'conv.1.1': 'depthwise_BN',
    'conv.2': 'project',
    'conv.3': 'project_BN',
  };
  const parts: Record<string, string> = feature === '1' ? first : later;
  return `${feature === '1' ? 'expanded_conv' : `block_${Number(feature) - 1}`}_${parts[path] ?? ''}`;
}

const WEIGHTS: Readonly<Record<string, string>> = {
  depthwiseKernel: 'kernel',
  movingMean: 'moving_mean',
  movingVariance: 'moving_variance',
};

/** The variables of Keras' counterpart of a model, by the formula; a ResNet's convolutions there have biases. */
function kerasVariables(model: tfl.LayersModel, hasBiases: boolean): Map<string, WeightRecord> {
  const records = new Map<string, WeightRecord>();
  for (const layer of model.layers) {
    const keras = kerasLayer(layer.name);
    for (const { originalName, shape } of layer.weights) {
      const weight = originalName.slice(originalName.lastIndexOf('/') + 1);
      const name = `${keras}/${WEIGHTS[weight] ?? weight}`;
      const [height = 0, width = 0, channels = 0, filters = 0] = shape as number[];
      if (shape.length !== 4) records.set(name, formulaWeight(name, shape as number[]));
      else {
        const isDepthwise = weight === 'depthwiseKernel';
        // Fans as in a kernel of PyTorch's layout.
        const fan = isDepthwise ? [channels, 1, height, width] : [filters, channels, height, width];
        records.set(name, { shape: shape as number[], data: formulaWeight(name, fan).data });
        if (hasBiases) records.set(`${keras}/bias`, formulaWeight(`${keras}/bias`, [filters]));
      }
    }
  }
  return records;
}

it('gives the features of Keras’ MobileNetV2', () => {
  const model = mobileNetV2({ recipe: batchNorm, width: 0.5 });
  const { report } = importWeights(model, kerasVariables(model, false));
  expect(report).toMatchObject({ format: 'keras', missing: [], unexpected: [], shapeChanged: [] });
  expect(report.changedFunction).toEqual([]);
  expect(largestDeviation(model.predict(image()) as tf.Tensor, mobileNetV2Half)).toBeLessThan(1e-4);
});

it('gives the features of Keras’ ResNet-50, its biases included', () => {
  const model = resNet({ depth: 50, recipe: batchNorm, variant: 'v1a' });
  const records = kerasVariables(model, true);
  const { report } = importWeights(model, records);
  expect(report).toMatchObject({ missing: [], unexpected: [], shapeChanged: [], changedFunction: [] });
  expect(largestDeviation(model.predict(image()) as tf.Tensor, resNet50)).toBeLessThan(1e-4);

  // Without normalization, scale, mean and bias are in kernels and biases.
  const plain = resNet({ depth: 50, recipe: undrawn(parseRecipe('none')), variant: 'v1a' });
  importWeights(plain, records);
  expect(largestDeviation(plain.predict(image()) as tf.Tensor, resNet50)).toBeLessThan(1e-4);
});

it('says that a ResNet with other strides computes something else', () => {
  const records = kerasVariables(resNet({ depth: 50, recipe: batchNorm }), true);
  const model = deepLabV3({ depth: 50, recipe: batchNorm, classes: 2, headChannels: 8 });
  const { report } = importWeights(model, records);
  expect(report.changedFunction).toEqual([
    {
      layer: 'backbone.layer2.0.conv2',
      why:
        "the file's network takes the stride of a bottleneck by its first convolution and this model by the other: build " +
        'the ResNet with variant v1a',
    },
  ]);
});

it('reads variables of a model in a model, with numbers, and reports the classifier as unexpected', () => {
  const model = mobileNetV2({ recipe: batchNorm, width: 0.5 });
  const records = new Map<string, WeightRecord>(
    [...kerasVariables(model, false)].map(([name, record]) => {
      const old = name.replace('depthwise/kernel', 'depthwise/depthwise_kernel');
      return [`mobilenetv2_0.50_224/${old}:0`, record] as const;
    }),
  );
  const vector = { shape: [1000], data: new Float32Array(1000) };
  records.set('mobilenetv2_0.50_224/Conv_1_bn/gamma:0', vector).set('predictions/bias:0', vector);
  const { report } = importWeights(model, records);
  expect(report).toMatchObject({ format: 'keras', missing: [], shapeChanged: [] });
  expect(report.unexpected).toEqual(['mobilenetv2_0.50_224/Conv_1_bn/gamma:0', 'predictions/bias:0']);
});

it('is refused by another network', () => {
  const records = kerasVariables(mobileNetV2({ recipe: batchNorm, width: 0.5 }), false);
  const model = deepLabV3({ depth: 18, recipe: batchNorm, classes: 2, headChannels: 8 });
  expect(() => importWeights(model, records)).toThrow(/read as keras's, do not fit .* lacks backbone.conv1/);
});
