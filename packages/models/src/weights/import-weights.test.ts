import { freezeBatchNorm, parseRecipe, type Recipe } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { deepLabV3, type DeepLabV3Options } from '../deeplabv3.ts';
import { resNet } from '../resnet.ts';
import { formulaImage, formulaStateDict, formulaWeight } from '../testing/formula-weights.ts';
import { freeTensorsAfterEach } from '../testing/tensor-scope.ts';
import { fitNorms } from './fit-norms.ts';
import { importWeights } from './import-weights.ts';
import { keepingKernels } from './kept-kernels.ts';
import type { WeightRecord } from './named-weights.ts';

freeTensorsAfterEach();

const deepLab = (recipe: Recipe, more: Partial<DeepLabV3Options> = {}): tfl.LayersModel =>
  deepLabV3({ depth: 18, recipe, classes: 4, headChannels: 16, atrousRates: [1, 2, 3], ...more });
/** The network of the TFLite file, with few classes. */
const mobileDeepLab = (recipe: Recipe): tfl.LayersModel =>
  deepLab(recipe, {
    backbone: 'mobilenetv2',
    width: 0.5,
    channelMultiple: 1,
    outputStride: 8,
    atrousRates: [],
    headConvolution: false,
  });

const side = 33;
const image = (): tf.Tensor4D => tf.tensor4d(formulaImage(side), [1, side, side, 3]);
/** Three of them, so that batch statistics differ from an image's. */
const images = (): tf.Tensor4D =>
  tf.tidy(() => tf.concat([image(), tf.reverse(image(), [1]), tf.mul(image(), 0.5)]) as tf.Tensor4D);
const logits = (model: tfl.LayersModel): tf.Tensor => model.predict(image()) as tf.Tensor;
/** The largest deviation of b from a, over the largest value of a. */
const deviation = (a: tf.Tensor, b: tf.Tensor): number =>
  tf.div(tf.max(tf.abs(tf.sub(a, b))), tf.max(tf.abs(a))).dataSync()[0] ?? NaN;

const SCOPES: Readonly<Record<string, string>> = {
  'backbone.features.0.0': 'MobilenetV2/Conv',
  'backbone.features.1.conv.0.0': 'MobilenetV2/expanded_conv/depthwise',
  'backbone.features.1.conv.1': 'MobilenetV2/expanded_conv/project',
  'classifier.0.convs.0.0': 'aspp0',
  'classifier.0.convs.1.0': 'image_pooling',
  'classifier.0.project.0': 'concat_projection',
  'classifier.4': 'logits/semantic',
};
const MEMBERS = { '0.0': 'expand', '1.0': 'depthwise', '2': 'project' } as const;
const scopeOf = (layer: string): string => {
  const [, block, member = '2'] = /^backbone\.features\.(\d+)\.conv\.(.*)$/.exec(layer) ?? [];
  return (
    SCOPES[layer] ??
    `MobilenetV2/expanded_conv_${Number(block) - 1}/${MEMBERS[member as keyof typeof MEMBERS]}`
  );
};

/** The tensors of the TFLite file of a model without normalization, by the formula, and sizes as such files have. */
function tfliteFile(model: tfl.LayersModel): Map<string, WeightRecord> {
  const records = new Map<string, WeightRecord>([
    ['ResizeBilinear_1/size', { shape: [2], data: Int32Array.of(33, 33) }],
  ]);
  for (const layer of model.layers) {
    for (const { originalName, shape } of layer.weights) {
      const weight = originalName.slice(originalName.lastIndexOf('/') + 1);
      const scope = scopeOf(layer.name);
      const [height = 0, width = 0, channels = 0, filters = 0] = shape as number[];
      const isDepthwise = weight === 'depthwiseKernel';
      if (isDepthwise) {
        const name = `${scope}/depthwise_weights`;
        // Fans as in a kernel [C, 1, kh, kw].
        const { data } = formulaWeight(name, [channels, 1, height, width]);
        records.set(name, { shape: [1, height, width, channels], data });
      } else if (weight === 'kernel') {
        const name = `${scope}/weights`;
        records.set(name, formulaWeight(name, [filters, height, width, channels]));
      } else if (weight === 'bias') {
        const name = `${scope}/${scope.endsWith('/depthwise') ? 'depthwise' : 'Conv2D'}_bias`;
        records.set(name, formulaWeight(name, shape as number[]));
      }
    }
  }
  return records;
}

describe('a state dict with batch normalization', () => {
  const source = (): { records: Map<string, WeightRecord>; wanted: tf.Tensor } => {
    const model = deepLab(parseRecipe('bn'));
    const records = formulaStateDict(model);
    importWeights(model, records);
    return { records, wanted: logits(model) };
  };

  it.each(['none', 'wa', 'wa+bn', 'ws+bn', 'ws+brn'])(
    'is the same function with recipe %s that keeps its kernels',
    (name) => {
      const { records, wanted } = source();
      const model = deepLab(keepingKernels(parseRecipe(name)));
      const { report } = importWeights(model, records);
      expect(report).toMatchObject({ missing: [], unexpected: [], shapeChanged: [] });
      expect(deviation(wanted, logits(model))).toBeLessThan(1e-4);
    },
  );

  it('with other normalizations is a start, and says so', () => {
    const { records } = source();
    const { report, wanted } = importWeights(deepLab(parseRecipe('wa+gn')), records);
    expect(report.missing).toEqual([]);
    expect(report.changedFunction).toEqual(
      expect.arrayContaining([
        {
          layer: 'backbone.conv1',
          why: 'WeightAlign takes mean and scale off its loaded filters',
        },
        {
          layer: 'backbone.bn1',
          why: 'GroupNorm normalizes by other statistics than batch normalization in inference',
        },
      ]),
    );
    // Kernels that changed leave nothing to fit to.
    expect(wanted.size).toBe(0);
  });

  it('copies γ, β and the kernel to a group normalization', () => {
    const { records } = source();
    const model = deepLab(parseRecipe('gn'));
    importWeights(model, records);
    const [gamma, beta] = model.getLayer('backbone.bn1').getWeights();
    expect(gamma?.dataSync()).toEqual(records.get('backbone.bn1.weight')?.data);
    expect(beta?.dataSync()).toEqual(records.get('backbone.bn1.bias')?.data);
    const kernel = model.getLayer('backbone.conv1').getWeights()[0] as tf.Tensor4D;
    expect(tf.transpose(kernel, [3, 2, 0, 1]).dataSync()).toEqual(records.get('backbone.conv1.weight')?.data);
  });

  it('of a classification network fills the backbone; behind module. too; counters are no weights', () => {
    const plain = resNet({ depth: 18, recipe: parseRecipe('bn') });
    const records = new Map(
      [...formulaStateDict(plain)].map(([name, record]) => [`module.${name}`, record] as const),
    );
    records.set('module.bn1.num_batches_tracked', { shape: [], data: Int32Array.of(7) });
    records.set('module.fc.weight', { shape: [10, 512], data: new Float32Array(5120) });
    const model = deepLab(parseRecipe('bn'));
    const { report } = importWeights(model, records);
    expect(report.format).toBe('torchvision');
    expect(report.unexpected).toEqual(['module.fc.weight']);
    expect(report.matched).toHaveLength(100);
    expect(report.missing.every((name) => name.startsWith('classifier.'))).toBe(true);
    expect(report.missing).toContain('classifier.4/kernel');
    importWeights(plain, records);
    const [ours, theirs] = [model, plain].map((m) =>
      m.layers.find(({ name }) => name.endsWith('layer4.1.bn2')),
    );
    expect(ours?.getWeights()[3]?.dataSync()).toEqual(theirs?.getWeights()[3]?.dataSync());
  });

  it('leaves a classifier of other classes as it was', () => {
    const { records } = source();
    const model = deepLab(parseRecipe('bn'), { classes: 7 });
    const before = model.getLayer('classifier.4').getWeights()[0]?.dataSync().slice();
    const { report } = importWeights(model, records);
    expect(report.shapeChanged).toEqual([
      { weight: 'classifier.4/kernel', model: [1, 1, 16, 7], file: [1, 1, 16, 4] },
    ]);
    expect(report.unexpected).toEqual([]);
    expect(model.getLayer('classifier.4').getWeights()[0]?.dataSync()).toEqual(before);
  });

  it('is refused, and changes nothing, when the backbone does not match', () => {
    const { records } = source();
    const model = deepLab(parseRecipe('bn'));
    const sums = (): number[] => model.getWeights().map((weight) => tf.sum(weight).dataSync()[0] ?? NaN);
    const before = sums();
    const lacking = new Map(records);
    lacking.delete('backbone.layer3.0.conv2.weight');
    lacking.delete('backbone.layer1.0.bn1.running_var');
    expect(() => importWeights(model, lacking)).toThrow(
      /torchvision's, do not fit the model "deeplabv3_resnet18.*lacks backbone.layer1.0.bn1\/gamma.*layer3.0.conv2\/kernel.*Build/,
    );
    const deeper = deepLab(parseRecipe('bn'), { depth: 50 });
    expect(() => importWeights(deeper, records)).toThrow(
      /lacks .* and \d+ more; of another shape are .*backbone.layer1.0.conv1\/kernel \(file \[3, 3, 64, 64\], model \[1, 1, 64, 64\]\)/,
    );
    const stranger = new Map([['encoder.weight', { shape: [1], data: new Float32Array(1) }]]);
    expect(() => importWeights(model, stranger)).toThrow(/none of its 1 tensors belongs to the model/);
    expect(sums()).toEqual(before);
  });
});

describe('the tensors of TensorFlow DeepLab’s TFLite file', () => {
  const source = (): { records: Map<string, WeightRecord>; wanted: tf.Tensor } => {
    const model = mobileDeepLab(parseRecipe('none'));
    const records = tfliteFile(model);
    const { report } = importWeights(model, records);
    expect(report).toMatchObject({ format: 'tflite', missing: [], unexpected: [], shapeChanged: [] });
    expect(report.matched).toHaveLength(110);
    return { records, wanted: logits(model) };
  };

  it('have kernels as [Cout, kh, kw, Cin], depthwise ones as [1, kh, kw, C], and the pooled branch first', () => {
    const { records } = source();
    const model = mobileDeepLab(parseRecipe('none'));
    importWeights(model, records);
    const kernel = (layer: string): tf.Tensor4D => model.getLayer(layer).getWeights()[0] as tf.Tensor4D;
    const file = (name: string): WeightRecord['data'] | undefined => records.get(name)?.data;
    expect(tf.transpose(kernel('backbone.features.0.0'), [3, 0, 1, 2]).dataSync()).toEqual(
      file('MobilenetV2/Conv/weights'),
    );
    expect(kernel('backbone.features.3.conv.1.0').dataSync()).toEqual(
      file('MobilenetV2/expanded_conv_2/depthwise/depthwise_weights'),
    );
    const [first, second] = tf.split(kernel('classifier.0.project.0'), 2, 2) as [tf.Tensor4D, tf.Tensor4D];
    expect(tf.transpose(tf.concat([second, first], 2), [3, 0, 1, 2]).dataSync()).toEqual(
      file('concat_projection/weights'),
    );
  });

  it.each(['bn', 'wa', 'wa+bn'])('are the same function with recipe %s that keeps its kernels', (name) => {
    const { records, wanted } = source();
    const model = mobileDeepLab(keepingKernels(parseRecipe(name)));
    expect(importWeights(model, records).report.changedFunction).toEqual([]);
    expect(deviation(wanted, logits(model))).toBeLessThan(1e-4);
  });

  it('are refused by another width', () => {
    const { records } = source();
    const wider = deepLab(parseRecipe('bn'), { backbone: 'mobilenetv2', width: 0.5, atrousRates: [] });
    expect(() => importWeights(wider, records)).toThrow(
      /tflite's.*backbone.features.2.conv.2\/kernel \(file \[1, 1, 48, 12\], model \[1, 1, 48, 16\]\)/,
    );
  });

  it('train on in batch normalization once it is fitted', () => {
    const { records, wanted } = source();
    const model = mobileDeepLab(keepingKernels(parseRecipe('wa+bn')));
    const imported = importWeights(model, records);
    expect(imported.wanted.size).toBe(54);
    const fittedTo = images();
    const before = tf.memory().numTensors;
    const fitted = fitNorms(model, imported, fittedTo);
    expect(tf.memory().numTensors).toBe(before);
    expect(fitted.map(({ layer }) => layer)[0]).toBe('backbone.features.0.1');
    for (const { layer, unexplained } of fitted) expect(unexplained, layer).toBeLessThan(1e-4);
    // Also by its running statistics, which are now those of the images.
    expect(deviation(wanted, logits(model))).toBeLessThan(1e-2);
  });

  it('leave frozen statistics alone, and are the same function in training then', () => {
    const { records, wanted } = source();
    const model = mobileDeepLab(keepingKernels(parseRecipe('wa+bn')));
    const imported = importWeights(model, records);
    freezeBatchNorm(model);
    const statistics = (): (Float32Array | undefined)[] =>
      model.weights
        .filter(({ originalName }) => /moving/.test(originalName))
        .map((weight) => weight.read().dataSync() as Float32Array);
    const before = statistics();
    for (const { layer, unexplained } of fitNorms(model, imported, image()))
      expect(unexplained, layer).toBeLessThan(1e-6);
    expect(statistics()).toEqual(before);
    expect(deviation(wanted, logits(model))).toBeLessThan(1e-4);
    const norm = model.getLayer('backbone.features.3.conv.2');
    const x = tf.mul(image(), 3);
    const features = tf.tile(x, [1, 1, 1, 24]);
    const [inTraining, inInference] = [true, false].map((training) => norm.apply(features, { training }));
    expect(deviation(inTraining as tf.Tensor, inInference as tf.Tensor)).toBe(0);
  });

  it.each(['wa+gn', 'mabn'])('come closer to their function by fitting %s', (name) => {
    const { records, wanted } = source();
    const model = mobileDeepLab(keepingKernels(parseRecipe(name)));
    const imported = importWeights(model, records);
    const asLoaded = deviation(wanted, logits(model));
    for (const { unexplained } of fitNorms(model, imported, images())) expect(unexplained).toBeLessThan(1);
    expect(deviation(wanted, logits(model))).toBeLessThan(0.5 * asLoaded);
  });

  it('are fitted by Kalman normalization with the moments that it is given', () => {
    const { records } = source();
    const model = mobileDeepLab(keepingKernels(parseRecipe('bkn')));
    const fitted = fitNorms(model, importWeights(model, records), images());
    expect(fitted).toHaveLength(54);
    for (const { layer, unexplained } of fitted) expect(unexplained, layer).toBeLessThan(0.5);
  });
});

it('keepingKernels leaves a recipe without a method for weights as it is', () => {
  const recipe = parseRecipe('gn');
  expect(keepingKernels(recipe)).toBe(recipe);
});
