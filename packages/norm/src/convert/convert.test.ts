import { savedAndLoaded } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { BatchNorm } from '../layers/batch-norm.ts';
import { NormConv2D } from '../layers/norm-conv2d.ts';
import { SyncBatchNorm } from '../layers/sync-batch-norm.ts';
import { parseRecipe } from '../recipe/recipe.ts';
import { largestDifference } from '../testing/golden.ts';
import { convert } from './convert.ts';

const connect = (layer: tfl.layers.Layer, x: tfl.SymbolicTensor): tfl.SymbolicTensor =>
  layer.apply(x) as tfl.SymbolicTensor;

/** A Keras network of every kind of kernel: MobileNet's pairs, a transposed convolution, and plain layers at both ends. */
function kerasNet(): tfl.LayersModel {
  const seed = (n: number) => tfl.initializers.randomNormal({ seed: n, stddev: 0.4 });
  const input = tfl.input({ shape: [null, null, 3], name: 'image' });
  let x: tfl.SymbolicTensor = input;
  const normalized = (name: string, layer: tfl.layers.Layer): void => {
    x = connect(tfl.layers.batchNormalization({ name: `${name}_bn` }), connect(layer, x));
    x = connect(tfl.layers.reLU({ name: `${name}_relu`, maxValue: 6 }), x);
  };
  const conv = { filters: 8, kernelSize: 3, strides: 2, padding: 'same', useBias: false } as const;
  normalized('conv1', tfl.layers.conv2d({ name: 'conv1', ...conv, kernelInitializer: seed(1) }));
  const depthwise = {
    kernelSize: 3,
    padding: 'same',
    useBias: false,
    depthMultiplier: 2,
    dilationRate: 2,
  } as const;
  normalized('dw', tfl.layers.depthwiseConv2d({ name: 'dw', ...depthwise, depthwiseInitializer: seed(2) }));
  normalized('pw', tfl.layers.conv2d({ name: 'pw', filters: 8, kernelSize: 1, kernelInitializer: seed(3) }));
  const separable = {
    filters: 6,
    kernelSize: 3,
    depthwiseInitializer: seed(4),
    pointwiseInitializer: seed(5),
  };
  normalized('sep', tfl.layers.separableConv2d({ name: 'sep', ...separable }));
  const up = { filters: 4, kernelSize: 2, strides: 2 } as const;
  normalized('up', tfl.layers.conv2dTranspose({ name: 'up', ...up, kernelInitializer: seed(6) }));
  x = connect(
    tfl.layers.conv2d({
      name: 'plain',
      filters: 4,
      kernelSize: 1,
      activation: 'relu',
      kernelInitializer: seed(7),
    }),
    x,
  );
  x = connect(tfl.layers.globalAveragePooling2d({ name: 'pool' }), x);
  normalized('hidden', tfl.layers.dense({ name: 'hidden', units: 5, kernelInitializer: seed(8) }));
  const outputs = connect(tfl.layers.dense({ name: 'logits', units: 3, kernelInitializer: seed(9) }), x);
  return shaken(tfl.model({ inputs: input, outputs, name: 'keras' }));
}

function shaken(model: tfl.LayersModel): tfl.LayersModel {
  model.setWeights(
    model
      .getWeights()
      .map((weight, i) => tf.add(weight, tf.randomUniform(weight.shape, 0, 0.3, 'float32', i + 1))),
  );
  return model;
}

const images = (): tf.Tensor => tf.randomNormal([2, 12, 12, 3], 0.2, 1, 'float32', 9);

function disagreement(a: tfl.LayersModel, b: tfl.LayersModel): number {
  return tf.tidy(() => {
    const [wanted, got] = [a.predict(images()) as tf.Tensor, b.predict(images()) as tf.Tensor];
    return tf.div(tf.max(tf.abs(tf.sub(wanted, got))), tf.max(tf.abs(wanted))).dataSync()[0] ?? NaN;
  });
}

const entry = (layers: ReturnType<typeof convert>['layers'], name: string) =>
  layers.find(({ layer }) => layer === name);
const normalizedKernels = ['conv1', 'dw', 'pw', 'sep', 'up', 'hidden'];

describe('convert', () => {
  it.each([
    'wa+bn',
    'ws+bn',
    'pws+syncbn',
    'wn+brn',
    'cwn+dsbn',
    'sws+tn',
    'wc+bn',
    'bn',
    'wa',
    'ws',
    'wn',
    'none',
  ])('keeps the function with %s', (name) => {
    const model = kerasNet();
    const {
      model: converted,
      layers,
      keepsFunction,
    } = convert(model, parseRecipe(name, { onWarning: () => undefined }));
    expect(disagreement(model, converted)).toBeLessThan(2e-4);
    expect(keepsFunction).toBe(true);
    const norm = parseRecipe(name, { onWarning: () => undefined }).norm({ name: 'n' });
    for (const kernel of normalizedKernels) {
      expect(entry(layers, `${kernel}_bn`)?.to).toBe(norm?.getClassName() ?? null);
    }
  });

  it.each(['gn', 'wa+gn', 'wa+ln', 'ws+bcn', 'wa+frn'])('says what %s must learn again', (name) => {
    const model = kerasNet();
    const recipe = parseRecipe(name, { groups: 2, onWarning: () => undefined });
    const { model: converted, layers, keepsFunction } = convert(model, recipe);
    expect(keepsFunction).toBe(false);
    expect(disagreement(model, converted)).toBeGreaterThan(0.01);
    const norm = entry(layers, 'conv1_bn');
    expect(norm?.keepsFunction).toBe(false);
    expect(norm?.note).toMatch(/γ and β were kept; \w+ normalizes by other statistics/);
    const gamma = (m: tfl.LayersModel): ArrayLike<number> | undefined =>
      m.getLayer('conv1_bn').getWeights()[0]?.dataSync();
    expect(gamma(converted)).toEqual(gamma(model));
  });

  it('gives the normalizer of weights to the kernels that a normalization follows, and to no others', () => {
    const { model: converted, layers } = convert(kerasNet(), 'wa+bn');
    const classes = Object.fromEntries(converted.layers.map((layer) => [layer.name, layer.getClassName()]));
    expect(classes).toMatchObject({
      conv1: 'NormConv2D',
      dw: 'NormDepthwiseConv2D',
      sep: 'NormSeparableConv2D',
      up: 'NormConv2DTranspose',
      hidden: 'NormDense',
      plain: 'Conv2D',
      logits: 'Dense',
    });
    expect(layers.map(({ layer }) => layer).sort()).toEqual(
      [...normalizedKernels.flatMap((kernel) => [kernel, `${kernel}_bn`]), 'logits', 'plain'].sort(),
    );
    expect(entry(layers, 'conv1')?.note).toMatch(/begins with/);
    expect(entry(layers, 'plain')).toMatchObject({ to: 'Conv2D', keepsFunction: true });
    expect(entry(layers, 'plain')?.note).toMatch(/no normalization follows it directly and alone/);
  });

  it('keeps stock convolutions where the recipe has no normalizer of weights', () => {
    const { model: converted } = convert(kerasNet(), 'gn');
    expect(converted.getLayer('conv1').getClassName()).toBe('Conv2D');
    expect(converted.getLayer('conv1_bn').getClassName()).toBe('GroupNorm');
  });

  it('centres the filters for mabn, which relies on it, and says that they are not what they were', () => {
    const { model: converted, layers } = convert(kerasNet(), 'mabn');
    const conv = converted.getLayer('pw') as NormConv2D;
    expect(conv.useBias).toBe(false);
    const sums = tf.sum(conv.effectiveKernel(), [0, 1, 2]);
    expect(tf.max(tf.abs(sums)).dataSync()[0]).toBeLessThan(1e-5);
    expect(entry(layers, 'pw')).toMatchObject({ keepsFunction: false });
    expect(entry(layers, 'pw')?.note).toMatch(/filters were centred and its bias left out/);
  });

  it.each(['bn', 'brn', 'dsbn', 'tn', 'mabn', 'bcn', 'frn', 'gn', 'syncbn'])(
    'adds a normalizer of weights to a model with %s and keeps all else',
    (name) => {
      const recipe = parseRecipe(name, { groups: 2, onWarning: () => undefined });
      const input = tfl.input({ shape: [8, 8, 3] });
      const conv = recipe.conv({ name: 'conv', filters: 4, kernelSize: 3 });
      const norm = recipe.norm({ name: 'norm' }) as tfl.layers.Layer;
      const model = shaken(tfl.model({ inputs: input, outputs: connect(norm, connect(conv, input)) }));
      const weights = name === 'mabn' ? 'wc' : 'wa';
      const options = { groups: 2, onWarning: () => undefined };
      const { model: converted, layers } = convert(model, parseRecipe(`${weights}+${name}`, options));
      const valuesOf = (m: tfl.LayersModel): Float32Array[] =>
        m
          .getLayer('norm')
          .getWeights()
          .map((weight) => weight.dataSync() as Float32Array);
      expect(valuesOf(converted)).toEqual(valuesOf(model));
      expect(entry(layers, 'norm')).toMatchObject({ keepsFunction: true });
      const x = tf.slice(images(), [0, 0, 0, 0], [2, 8, 8, 3]);
      const [wanted, got] = [model, converted].map((m) => m.predict(x) as tf.Tensor) as [
        tf.Tensor,
        tf.Tensor,
      ];
      expect(tf.max(tf.abs(tf.sub(wanted, got))).dataSync()[0]).toBeLessThan(1e-4);
    },
  );

  it('takes the statistics of BatchRenorm, of the active domain and of TransNorm’s target over to BatchNorm', () => {
    for (const name of ['brn', 'dsbn', 'tn']) {
      const recipe = parseRecipe(name);
      const input = tfl.input({ shape: [8, 8, 3] });
      const outputs = connect(recipe.norm({ name: 'norm' }) as tfl.layers.Layer, input);
      const model = shaken(tfl.model({ inputs: input, outputs }));
      const { model: converted, keepsFunction } = convert(model, 'bn');
      expect(keepsFunction).toBe(true);
      const x = tf.randomNormal([2, 8, 8, 3], 0, 1, 'float32', 4);
      const [wanted, got] = [model, converted].map((m) => m.predict(x) as tf.Tensor) as [
        tf.Tensor,
        tf.Tensor,
      ];
      expect(tf.max(tf.abs(tf.sub(wanted, got))).dataSync()[0]).toBeLessThan(1e-4);
    }
  });

  it('leaves frozen what was frozen, layer by layer or as a whole', () => {
    const model = kerasNet();
    model.getLayer('conv1').trainable = false;
    model.getLayer('conv1_bn').trainable = false;
    const { model: converted } = convert(model, 'wa+bn');
    expect(converted.getLayer('conv1').trainable).toBe(false);
    expect(converted.getLayer('conv1_bn').trainable).toBe(false);
    expect(converted.getLayer('pw_bn').trainable).toBe(true);
    const whole = kerasNet();
    whole.trainable = false;
    expect(convert(whole, 'wa+gn').model.trainableWeights).toEqual([]);
  });

  it('leaves layers with the channels first as they are, and says so', () => {
    const input = tfl.input({ shape: [4, 6, 4] });
    const conv = tfl.layers.conv2d({ name: 'conv', filters: 4, kernelSize: 1, dataFormat: 'channelsFirst' });
    const norm = tfl.layers.batchNormalization({ name: 'norm', axis: 1 });
    const { model: converted, layers } = convert(
      tfl.model({ inputs: input, outputs: connect(norm, connect(conv, input)) }),
      'wa+gn',
    );
    expect(converted.getLayer('conv').getClassName()).toBe('Conv2D');
    expect(converted.getLayer('norm').getClassName()).toBe('BatchNormalization');
    expect(entry(layers, 'norm')?.note).toMatch(/another axis than the last/);
    expect(entry(layers, 'conv')?.note).toMatch(/channels come first/);
  });

  it('names the regularizers it leaves out, and keeps a SyncBatchNorm’s communicator', () => {
    const input = tfl.input({ shape: [8, 8, 3] });
    const kernelRegularizer = tfl.regularizers.l2({ l2: 1e-4 });
    const conv = tfl.layers.conv2d({ name: 'conv', filters: 4, kernelSize: 3, kernelRegularizer });
    const communicator = { size: 2, allReduceSum: (tensors: tf.Tensor[]) => tensors };
    const norm = new SyncBatchNorm({ name: 'norm' });
    norm.communicator = communicator;
    const model = tfl.model({ inputs: input, outputs: connect(norm, connect(conv, input)) });
    const { model: converted, layers } = convert(model, 'wa+syncbn');
    expect(entry(layers, 'conv')?.note).toMatch(/left out: kernelRegularizer/);
    expect((converted.getLayer('norm') as SyncBatchNorm).communicator).toBe(communicator);
  });

  it('gives a model that trains, saves and loads', async () => {
    const { model: converted } = convert(kerasNet(), 'wa+gn');
    converted.compile({ optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError' });
    const fit = { epochs: 8, batchSize: 1, shuffle: false, verbose: 0 } as const;
    const { history } = await converted.fit(images(), tf.zeros([2, 3]), fit);
    const losses = history['loss'] as number[];
    expect(losses.at(-1)).toBeLessThan(0.5 * (losses[0] ?? NaN));
    expect(disagreement(converted, await savedAndLoaded(converted))).toBe(0);
  });

  it('takes this package’s layers too, and models inside the model', () => {
    const inner = tfl.sequential({
      name: 'inner',
      layers: [
        new NormConv2D({
          name: 'conv',
          filters: 4,
          kernelSize: 3,
          strides: 2,
          padding: 1,
          seed: 1,
          inputShape: [12, 12, 3],
        }),
        new BatchNorm({ name: 'norm' }),
      ],
    });
    const input = tfl.input({ shape: [12, 12, 3] });
    const model = shaken(tfl.model({ inputs: input, outputs: connect(inner, input) }));
    const { model: converted, keepsFunction, layers } = convert(model, 'ws+bn');
    expect(disagreement(model, converted)).toBeLessThan(1e-4);
    expect(keepsFunction).toBe(true);
    expect(layers.map(({ layer, from, to }) => [layer, from, to])).toEqual([
      ['conv', 'NormConv2D', 'NormConv2D'],
      ['norm', 'BatchNorm', 'BatchNorm'],
    ]);
  });

  it.each(['wa+bn', 'pws'])('keeps the groups of a convolution, and its function, with %s', (name) => {
    const input = tfl.input({ shape: [null, null, 4] });
    const conv = new NormConv2D({ name: 'conv', filters: 8, groups: 2, kernelSize: 3, seed: 1 });
    const y = new BatchNorm({ name: 'norm' }).apply(conv.apply(input)) as tfl.SymbolicTensor;
    const model = tfl.model({ inputs: input, outputs: y });
    const { model: converted, keepsFunction } = convert(model, name);
    expect(keepsFunction).toBe(true);
    expect((converted.getLayer('conv') as NormConv2D).groups).toBe(2);
    const x = tf.randomNormal([2, 6, 5, 4], 0, 1, 'float32', 3);
    const [wanted, got] = [model, converted].map((m) => (m.predict(x) as tf.Tensor).dataSync());
    expect(largestDifference(got ?? [], wanted ?? [])).toBeLessThan(1e-5);
  });

  it('leaves what it cannot convert, and says why', () => {
    const input = tfl.input({ shape: [9, 9, 3] });
    const uneven = tfl.layers.conv2d({ name: 'uneven', filters: 4, kernelSize: 3, strides: [1, 2] });
    let x = connect(tfl.layers.batchNormalization({ name: 'first' }), input);
    x = connect(tfl.layers.batchNormalization({ name: 'second' }), connect(uneven, x));
    const { model: converted, layers } = convert(tfl.model({ inputs: input, outputs: x }), 'wa');
    expect(converted.getLayer('uneven').getClassName()).toBe('Conv2D');
    expect(entry(layers, 'uneven')?.note).toMatch(/strides \[1, 2\] differ by axis/);
    expect(entry(layers, 'first')?.note).toMatch(/no convolution before it can take it in/);
    expect(entry(layers, 'second')?.to).toBe('BatchNormalization');
  });

  it.each(['bkn', 'wa+gkn', 'evos0'])('refuses %s, which is more than an exchange of layers', (name) => {
    expect(() => convert(kerasNet(), name)).toThrow(
      new RegExp(`recipe "${name.replace('+', '\\+')}".*build the model anew`),
    );
  });
});
