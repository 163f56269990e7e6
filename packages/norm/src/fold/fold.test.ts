import { savedAndLoaded } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { activationsOf, connect as connectSignal, type Signal } from '../kalman/signal.ts';
import { BatchNorm } from '../layers/batch-norm.ts';
import { EvoNormB0 } from '../layers/evo-norm.ts';
import { NormConv2D } from '../layers/norm-conv2d.ts';
import { NormDense } from '../layers/norm-dense.ts';
import { parseRecipe, recipeMethods, type ConvOptions } from '../recipe/recipe.ts';
import { WeightAlign } from '../weights/weight-align.ts';
import { fold } from './fold.ts';

const wire = (layer: tfl.layers.Layer | null, x: Signal | readonly Signal[]): Signal =>
  layer === null ? (x as Signal) : connectSignal(layer, x);
const connect = (layer: tfl.layers.Layer, x: Signal): tfl.SymbolicTensor => activationsOf(wire(layer, x));

const seeded = (seed: number) => tfl.initializers.randomNormal({ seed, stddev: 0.3 });

/** A stem with PyTorch's padding, a dilated residual branch, and a classifier; every weight is random. */
function residualNet(name: string): tfl.LayersModel {
  const recipe = parseRecipe(name, { groups: 4, onWarning: () => undefined });
  const input = tfl.input({ shape: [null, null, 3], name: 'image' });
  const normalized = (x: Signal, conv: ConvOptions, activated: boolean): Signal => {
    const norm = recipe.norm({ name: `${conv.name}_norm`, activation: activated });
    const y = wire(norm, wire(recipe.conv(conv), x));
    const needsAct = activated && !(norm !== null && recipe.normIncludesActivation);
    return needsAct ? wire(recipe.act({ name: `${conv.name}_relu` }), y) : y;
  };
  const x = normalized(input, { name: 'conv1', filters: 8, kernelSize: 7, strides: 2, padding: 3 }, true);
  const branch = normalized(x, { name: 'conv2', filters: 8, kernelSize: 3, dilation: 2, padding: 2 }, false);
  const sum = wire(recipe.act({ name: 'relu' }), wire(recipe.add({ name: 'sum' }), [branch, x]));
  const last = normalized(sum, { name: 'conv3', filters: 8, kernelSize: 1 }, false);
  const pooled = connect(tfl.layers.globalAveragePooling2d({ name: 'pool' }), last);
  const kernelInitializer = tfl.initializers.randomNormal({ seed: 1 });
  const outputs = connect(tfl.layers.dense({ name: 'head', units: 3, kernelInitializer }), pooled);
  return shaken(tfl.model({ inputs: input, outputs, name: 'net' }));
}

/** `model` with every weight moved: positive ones stay positive. */
function shaken(model: tfl.LayersModel): tfl.LayersModel {
  model.setWeights(
    model
      .getWeights()
      .map((weight, i) => tf.add(weight, tf.randomUniform(weight.shape, 0, 0.5, 'float32', i + 1))),
  );
  return model;
}

const images = (channels = 3): tf.Tensor => tf.randomNormal([2, 17, 14, channels], 0.2, 1, 'float32', 9);

/** The largest difference of the two models' outputs, relative to the largest output. */
function disagreement(a: tfl.LayersModel, b: tfl.LayersModel, x: tf.Tensor): number {
  return tf.tidy(() => {
    const [wanted, got] = [a.predict(x) as tf.Tensor, b.predict(x) as tf.Tensor];
    return tf.div(tf.max(tf.abs(tf.sub(wanted, got))), tf.max(tf.abs(wanted))).dataSync()[0] ?? NaN;
  });
}

const classNames = (model: tfl.LayersModel): string[] => [
  ...new Set(model.layers.map((layer) => layer.getClassName())),
];

describe('fold', () => {
  const { weights, activations } = recipeMethods();
  const combined = weights.flatMap((w, i) => [w, `${w}+${activations[i] ?? 'bn'}`]);

  it.each([...combined, ...activations, 'wa+bn', 'ws+gn', 'wa+bcn', 'wa+gkn', 'wc+mabn', 'none'])(
    'keeps the function of %s',
    (name) => {
      const model = residualNet(name);
      const { model: folded, remaining } = fold(model);
      expect(disagreement(model, folded, images())).toBeLessThan(1e-5);
      const stays = remaining.map(({ layer }) => layer);
      const perSample = /gn|ln|in|bcn|frn|evo|gkn/.test(name);
      expect(stays.includes('conv1_norm')).toBe(perSample);
      expect(stays.includes('conv1')).toBe(name.endsWith('gkn'));
      expect(stays.includes('relu')).toBe(name.endsWith('gkn') || name.endsWith('frn'));
      if (!perSample) expect(stays).toEqual([]);
      tf.dispose([model, folded].flatMap((m) => m.getWeights()));
    },
  );

  it('says why a layer stays', () => {
    const reasonOf = (name: string, layer: string): string | undefined =>
      fold(residualNet(name)).remaining.find((entry) => entry.layer === layer)?.reason;
    expect(reasonOf('gn', 'conv1_norm')).toMatch(/statistics are those of each image/);
    expect(reasonOf('frn', 'relu')).toMatch(/learned threshold/);
    expect(reasonOf('gkn', 'conv2')).toMatch(/moments that Group Kalman Normalization predicts from/);
  });

  it('folds the batch step of Batch-Channel Normalization and leaves the group step', () => {
    const { model: folded } = fold(residualNet('ws+bcn'));
    expect(folded.getLayer('conv1_norm').getClassName()).toBe('GroupNorm');
    expect(folded.getLayer('conv1').getClassName()).toBe('Conv2D');
  });

  it('leaves nothing but stock layers where it can, and no normalization', async () => {
    const { model: folded, folded: report } = fold(residualNet('wa+bn'));
    expect(classNames(folded).sort()).toEqual(
      ['Add', 'Conv2D', 'Dense', 'GlobalAveragePooling2D', 'InputLayer', 'ReLU', 'ZeroPadding2D'].sort(),
    );
    expect(report).toContainEqual({ layer: 'conv1_norm', className: 'BatchNorm', into: 'conv1' });
    expect(report).toContainEqual({ layer: 'conv1', className: 'NormConv2D', into: null });
    expect(disagreement(folded, await savedAndLoaded(folded), images())).toBe(0);
  });

  it('is a model of its own: the original’s weights can change and be disposed', () => {
    const model = residualNet('wa+bn');
    const { model: folded } = fold(model);
    const before = (folded.predict(images()) as tf.Tensor).dataSync();
    shaken(model);
    model.dispose();
    expect((folded.predict(images()) as tf.Tensor).dataSync()).toEqual(before);
  });

  it('does not fold a normalization into a convolution that something else reads', () => {
    const input = tfl.input({ shape: [null, null, 3] });
    const conv = connect(new NormConv2D({ name: 'conv', filters: 4, kernelSize: 3, seed: 1 }), input);
    const norm = connect(new BatchNorm({ name: 'norm' }), conv);
    const model = shaken(tfl.model({ inputs: input, outputs: [conv, norm] }));
    const { model: folded, folded: report } = fold(model);
    expect(report).toContainEqual({ layer: 'norm', className: 'BatchNorm', into: null });
    expect(classNames(folded)).toContain('BatchNormalization');
    const [wanted, got] = [model, folded].map((m) => m.predict(images()) as tf.Tensor[]);
    wanted?.forEach((tensor, i) => {
      expect(tf.max(tf.abs(tf.sub(tensor, got?.[i] ?? NaN))).dataSync()[0]).toBeLessThan(1e-5);
    });
  });

  it('folds a stock batch normalization into a stock or a normalized convolution, and respects activations inside', () => {
    const input = tfl.input({ shape: [null, null, 3] });
    const seed = (n: number) => tfl.initializers.randomNormal({ seed: n, stddev: 0.3 });
    let x = connect(
      tfl.layers.conv2d({ name: 'a', filters: 4, kernelSize: 3, useBias: false, kernelInitializer: seed(1) }),
      input,
    );
    x = connect(tfl.layers.batchNormalization({ name: 'a_norm' }), x);
    const depthwise = { kernelSize: 3, depthMultiplier: 2, depthwiseInitializer: seed(2) };
    x = connect(tfl.layers.depthwiseConv2d({ name: 'b', ...depthwise }), x);
    x = connect(tfl.layers.batchNormalization({ name: 'b_norm', scale: false }), x);
    x = connect(
      tfl.layers.conv2d({
        name: 'c',
        filters: 5,
        kernelSize: 1,
        activation: 'relu',
        kernelInitializer: seed(3),
      }),
      x,
    );
    x = connect(tfl.layers.batchNormalization({ name: 'c_norm', center: false }), x);
    const separable = { kernelSize: 3, depthwiseInitializer: seed(4), pointwiseInitializer: seed(5) };
    x = connect(tfl.layers.separableConv2d({ name: 'd', filters: 4, ...separable }), x);
    x = connect(tfl.layers.batchNormalization({ name: 'd_norm' }), x);
    x = connect(
      tfl.layers.conv2dTranspose({
        name: 'e',
        filters: 3,
        kernelSize: 2,
        strides: 2,
        kernelInitializer: seed(6),
      }),
      x,
    );
    x = connect(tfl.layers.batchNormalization({ name: 'e_norm' }), x);
    x = connect(
      new NormConv2D({ name: 'f', filters: 4, kernelSize: 3, seed: 7, kernelNormalizer: new WeightAlign() }),
      x,
    );
    x = connect(tfl.layers.batchNormalization({ name: 'f_norm' }), x);
    const model = shaken(tfl.model({ inputs: input, outputs: x }));
    const { model: folded, folded: report, remaining } = fold(model);
    expect(disagreement(model, folded, images())).toBeLessThan(1e-5);
    const into = report.filter((entry) => entry.into !== null).map((entry) => [entry.layer, entry.into]);
    expect(into).toEqual(['a', 'b', 'd', 'e', 'f'].map((name) => [`${name}_norm`, name]));
    expect(folded.layers.filter((layer) => layer.getClassName() === 'BatchNormalization')).toHaveLength(1);
    expect(remaining).toEqual([]);
  });

  it('keeps a batch normalization after a convolution that stays for its moments', () => {
    const recipe = parseRecipe('gkn', { groups: 4 });
    const input = tfl.input({ shape: [null, null, 3] });
    const unit = (name: string, x: Signal): Signal =>
      wire(recipe.conv({ name, filters: 8, kernelSize: 3 }), x);
    const first = wire(
      recipe.act({ name: 'relu' }),
      wire(recipe.norm({ name: 'norm' }), unit('conv1', input)),
    );
    const outputs = connect(new BatchNorm({ name: 'last' }), unit('conv2', first));
    const model = shaken(tfl.model({ inputs: input, outputs }));
    const { model: folded, folded: report } = fold(model);
    expect(disagreement(model, folded, images())).toBeLessThan(1e-5);
    expect(report).toContainEqual({ layer: 'last', className: 'BatchNorm', into: null });
  });

  it('does not take a normalization of the width into a convolution with the channels first', () => {
    const input = tfl.input({ shape: [3, 6, 4] });
    const conv = { name: 'conv', filters: 4, kernelSize: 1, dataFormat: 'channelsFirst' } as const;
    const x = connect(tfl.layers.conv2d({ ...conv, kernelInitializer: seeded(1) }), input);
    const model = shaken(
      tfl.model({ inputs: input, outputs: connect(tfl.layers.batchNormalization({ name: 'n' }), x) }),
    );
    const { model: folded, folded: report } = fold(model);
    expect(disagreement(model, folded, tf.randomNormal([2, 3, 6, 4], 0, 1, 'float32', 3))).toBeLessThan(1e-6);
    expect(report).toEqual([]);
  });

  it('names a wrapper with a layer of this package inside', () => {
    const layer = new NormDense({ units: 3, seed: 1, kernelNormalizer: new WeightAlign() });
    const wrapper = tfl.layers.timeDistributed({ name: 'wrapper', layer, inputShape: [4, 5] });
    const { remaining } = fold(tfl.sequential({ layers: [wrapper] }));
    expect(remaining).toEqual([
      {
        layer: 'wrapper',
        className: 'TimeDistributed',
        reason: expect.stringMatching(/wraps a layer of this package/) as string,
      },
    ]);
  });

  it('folds an EvoNorm without its non-linearity', () => {
    const input = tfl.input({ shape: [null, null, 3] });
    const conv = new NormConv2D({ name: 'conv', filters: 4, kernelSize: 3, seed: 1 });
    const norm = new EvoNormB0({ name: 'norm', nonlinearity: false });
    const model = shaken(tfl.model({ inputs: input, outputs: connect(norm, connect(conv, input)) }));
    const { model: folded, remaining } = fold(model);
    expect(disagreement(model, folded, images())).toBeLessThan(1e-5);
    expect([classNames(folded), remaining]).toEqual([['InputLayer', 'Conv2D'], []]);
  });

  it.each(['wa+bn', 'bkn', 'wa+gkn'])(
    'keeps a convolution in groups, normalized no more: %s',
    async (name) => {
      const recipe = parseRecipe(name, { groups: 4, onWarning: () => undefined });
      const input = tfl.input({ shape: [null, null, 4] });
      const unit = (x: Signal, conv: ConvOptions): Signal =>
      wire(recipe.act({ name: `${conv.name}_relu` }), wire(recipe.norm({ name: `${conv.name}_norm` }), wire(recipe.conv(conv), x))); // prettier-ignore
      const first = unit(input, { name: 'first', filters: 8, kernelSize: 1 });
      const grouped = unit(first, { name: 'grouped', filters: 8, kernelSize: 3, groups: 4, padding: 1 });
      const model = shaken(tfl.model({ inputs: input, outputs: activationsOf(grouped) }));
      const { model: folded, remaining } = fold(model);
      expect(disagreement(model, folded, images(4))).toBeLessThan(1e-5);
      expect(remaining.find(({ layer }) => layer === 'grouped')?.reason).toMatch(
        name === 'wa+gkn' ? /hands on the moments/ : /TensorFlow\.js has no convolution in groups; loading/,
      );
      if (name === 'wa+gkn') return;
      expect(remaining).toHaveLength(1);
      expect(classNames(folded).sort()).toEqual(['Conv2D', 'InputLayer', 'NormConv2D', 'ReLU']);
      expect((folded.getLayer('grouped') as NormConv2D).kernelNormalizer).toBeNull();
      expect(disagreement(folded, await savedAndLoaded(folded), images(4))).toBe(0);
    },
  );

  it('folds models inside the model, and layers that are used twice', () => {
    const inner = tfl.sequential({
      name: 'inner',
      layers: [
        new NormConv2D({
          filters: 3,
          kernelSize: 3,
          seed: 1,
          kernelNormalizer: new WeightAlign(),
          inputShape: [null, null, 3],
        }),
        new BatchNorm({ name: 'norm' }),
      ],
    });
    const shared = new NormConv2D({
      name: 'shared',
      filters: 3,
      kernelSize: 1,
      seed: 2,
      kernelNormalizer: new WeightAlign(),
    });
    const input = tfl.input({ shape: [null, null, 3] });
    const outputs = connect(shared, connect(inner, connect(shared, input)));
    const model = shaken(tfl.model({ inputs: input, outputs }));
    const { model: folded, folded: report } = fold(model);
    expect(disagreement(model, folded, images())).toBeLessThan(1e-5);
    expect(report.map((entry) => entry.layer)).toContain('norm');
    expect(folded.layers.filter((layer) => layer.name === 'shared')).toHaveLength(1);
  });
});
