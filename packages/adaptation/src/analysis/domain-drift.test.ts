import {
  BatchNorm,
  DomainSpecificBatchNorm,
  EvoNormS0,
  parseRecipe,
  Relu,
  ThresholdedLinearUnit,
  TransNorm,
} from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { domainDrift, type LayerDrift } from './domain-drift.ts';

const modelOf = (channels: number, ...layers: tfl.layers.Layer[]): tfl.LayersModel =>
  tfl.sequential({ layers: [tfl.layers.inputLayer({ inputShape: [channels] }), ...layers], name: 'net' });
const driftOf = (model: tfl.LayersModel, source: tf.Tensor, target: tf.Tensor): Promise<LayerDrift[]> =>
  domainDrift(model, [source], [target]);

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
  tf.disposeVariables();
});

// Channel 0: means 1 and 4, variances 4 and 1. Channel 1: means 10 and 10, variances 1 and 9.
const sourceRows = [
  [3, 11],
  [-1, 9],
  [3, 9],
  [-1, 11],
];
const targetRows = [
  [5, 13],
  [3, 7],
];
const meanShift = (3 / 2 + 0) / 2;
const varianceShift = (Math.log(4) + Math.log(9)) / 2;

describe('domainDrift', () => {
  it('is what the moments before the rectifier say, however the images are batched', async () => {
    const model = modelOf(2, new Relu({ name: 'relu' }));
    const [source, target] = [tf.tensor2d(sourceRows), tf.tensor2d(targetRows)];
    const whole = await driftOf(model, source, target);
    expect(whole).toEqual([
      {
        layer: 'relu',
        meanShift: expect.closeTo(meanShift, 6) as number,
        varianceShift: expect.closeTo(varianceShift, 6) as number,
      },
    ]);
    const before = tf.memory().numTensors;
    const [only] = await domainDrift(
      model,
      [tf.slice(source, 0, 1), tf.slice(source, 1, 3)],
      tf.split(target, 2),
    );
    expect(tf.memory().numTensors).toBe(before + 4);
    expect(only?.meanShift).toBeCloseTo(meanShift, 6);
    expect(only?.varianceShift).toBeCloseTo(varianceShift, 6);
    expect(await driftOf(model, source, source)).toEqual([{ layer: 'relu', meanShift: 0, varianceShift: 0 }]);
  });

  it('goes by the deviation of the source', async () => {
    const model = modelOf(2, new Relu({ name: 'relu' }));
    const [only] = await driftOf(model, tf.tensor2d(targetRows), tf.tensor2d(sourceRows));
    expect(only?.meanShift).toBeCloseTo((3 / 1 + 0) / 2, 6);
    expect(only?.varianceShift).toBeCloseTo(varianceShift, 6);
  });

  it('looks at every rectifier in the order of depth, in inference mode, also in models inside the model', async () => {
    const norm = new BatchNorm({ name: 'bn' });
    const inner = modelOf(2, new ThresholdedLinearUnit({ name: 'tlu' }));
    inner.name = 'inner';
    const model = modelOf(
      2,
      new Relu({ name: 'first' }),
      tfl.layers.dropout({ rate: 0.9 }),
      norm,
      tfl.layers.activation({ activation: 'relu', name: 'second' }),
      inner,
      tfl.layers.activation({ activation: 'tanh', name: 'tanh' }),
      tfl.layers.reLU({ name: 'last' }),
    );
    const state = norm.getWeights().map((weight) => [...weight.dataSync()]);
    const [source, target] = [tf.tensor2d(sourceRows), tf.tensor2d(targetRows)];
    const drifts = await driftOf(model, source, target);
    expect(drifts.map(({ layer }) => layer)).toEqual(['first', 'second', 'inner/tlu', 'last']);
    // Rectified, channel 0 of the source is 3 and 0: mean 1.5, variance 2.25. The norm's affine map changes no shift.
    expect(drifts[1]?.meanShift).toBeCloseTo((2.5 / 1.5 + 0) / 2, 4);
    expect(drifts[1]?.varianceShift).toBeCloseTo((Math.log(2.25) + Math.log(9)) / 2, 4);
    expect(norm.getWeights().map((weight) => [...weight.dataSync()])).toEqual(state);
  });

  it('pools over positions, and takes what an EvoNorm normalizes', async () => {
    const layer = new EvoNormS0({ name: 'evo', groups: 1, inputShape: [2, 1, 2] });
    const plain = new EvoNormS0({ name: 'plain', nonlinearity: false });
    const model = tfl.sequential({ layers: [layer, plain] });
    const maps = (rows: number[][]): tf.Tensor => tf.tensor4d(rows.flat(), [rows.length / 2, 2, 1, 2]);
    const drifts = await driftOf(model, maps(sourceRows), maps(targetRows));
    expect(drifts.map(({ layer: name }) => name)).toEqual(['evo']);
    expect(drifts[0]?.meanShift).toBeCloseTo(meanShift, 6);
  });

  it('compares recipes with and without normalization layers', async () => {
    for (const name of ['wa', 'wa+bn', 'gn', 'evob0', 'frn', 'gkn']) {
      const recipe = parseRecipe(name);
      const input = tfl.input({ shape: [4, 4, 2] });
      const conv = recipe.conv({ name: 'conv', filters: 4, kernelSize: 3, padding: 1 });
      const norm = recipe.norm({ name: 'norm' });
      const act = recipe.normIncludesActivation ? null : recipe.act({ name: 'relu' });
      let x: tfl.SymbolicTensor = input;
      for (const layer of [conv, norm, act]) if (layer !== null) x = firstOf(layer.apply(x));
      const source = tf.randomNormal([3, 4, 4, 2], 0, 1, 'float32', 1);
      const target = tf.randomNormal([2, 4, 4, 2], 1, 2, 'float32', 2);
      const drifts = await driftOf(tfl.model({ inputs: input, outputs: x }), source, target);
      expect(drifts).toHaveLength(1);
      expect(drifts[0]?.meanShift).toBeGreaterThan(0);
    }
  });

  it('leaves out channels that do not vary in both domains', async () => {
    const model = modelOf(2, new Relu({ name: 'relu' }));
    const constant = (rows: number[][]): tf.Tensor => tf.tensor2d(rows.map(([a = NaN]) => [a, 0.1]));
    const [only] = await driftOf(model, constant(sourceRows), constant(targetRows));
    expect(only?.meanShift).toBeCloseTo(3 / 2, 6);
    expect(only?.varianceShift).toBeCloseTo(Math.log(4), 6);
    const [none] = await driftOf(model, tf.ones([3, 2]), tf.tensor2d(targetRows));
    expect(none?.meanShift).toBeNaN();
  });

  it('infers with the statistics of each domain where a layer keeps them apart, and puts the layer back', async () => {
    const branches = new DomainSpecificBatchNorm({ name: 'ds', domain: 1, epsilon: 0 });
    const model = modelOf(2, branches, new Relu({ name: 'relu' }));
    // The statistics of the rows: whitened, the domains are alike.
    branches.setWeights([
      tf.ones([2, 2]),
      tf.zeros([2, 2]),
      tf.tensor2d([
        [1, 10],
        [4, 10],
      ]),
      tf.tensor2d([
        [4, 1],
        [1, 9],
      ]),
    ]);
    const [source, target] = [tf.tensor2d(sourceRows), tf.tensor2d(targetRows)];
    const [only] = await driftOf(model, source, target);
    expect(only?.meanShift).toBeCloseTo(0, 5);
    expect(only?.varianceShift).toBeCloseTo(0, 5);
    expect(branches.domain).toBe(1);

    const norm = new TransNorm({ name: 'tn', epsilon: 0 });
    const transferable = modelOf(2, norm, new Relu({ name: 'relu' }));
    norm.setWeights([tf.ones([2]), tf.zeros([2]), ...branches.getWeights().slice(2)]);
    const [shift] = await driftOf(transferable, source, target);
    expect(shift?.meanShift).toBeCloseTo(0, 5);
    expect(shift?.varianceShift).toBeCloseTo(0, 5);
    expect(norm.evaluationDomain).toBe('target');
  });

  it('refuses a model without rectifiers, and a domain without images', async () => {
    const x = tf.ones([2, 2]);
    await expect(driftOf(modelOf(2, new BatchNorm()), x, x)).rejects.toThrow(
      'Model "net" has no rectifier whose input could be compared',
    );
    const model = modelOf(2, new Relu());
    await expect(domainDrift(model, [x], [])).rejects.toThrow(/the target gave no batch of them/);
  });
});

/** A Kalman normalization's output comes first, its moments second. */
const firstOf = (
  output: tf.Tensor | tf.Tensor[] | tfl.SymbolicTensor | tfl.SymbolicTensor[],
): tfl.SymbolicTensor => (Array.isArray(output) ? output[0] : output) as tfl.SymbolicTensor;
