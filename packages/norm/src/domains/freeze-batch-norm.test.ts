import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, expect, it } from 'vitest';
import { BatchNorm } from '../layers/batch-norm.ts';
import { DomainSpecificBatchNorm } from '../layers/domain-specific-batch-norm.ts';
import { GroupNorm } from '../layers/group-norm.ts';
import { TransNorm } from '../layers/trans-norm.ts';
import { toDomainSpecific } from './domain-specific.ts';
import { freezeBatchNorm } from './freeze-batch-norm.ts';

const sequence = (...layers: tfl.layers.Layer[]): tfl.LayersModel =>
  tfl.sequential({ layers: [tfl.layers.inputLayer({ inputShape: [4] }), ...layers], name: 'net' });
const stateOf = (model: tfl.LayersModel): Float32Array[] =>
  model.weights
    .filter(({ originalName }) => originalName.includes('moving'))
    .map((weight) => weight.read().dataSync().slice() as Float32Array);
const train = (model: tfl.LayersModel): void => {
  tf.tidy(() => {
    model.apply(tf.randomNormal([4, 4], 1, 2, 'float32', 3), { training: true });
  });
};

let model: tfl.LayersModel;
afterEach(() => {
  model.dispose();
});

it('freezes what averages statistics, in training too, and nothing else', () => {
  model = sequence(
    new BatchNorm({ name: 'bn' }),
    new GroupNorm({ name: 'gn', groups: 2 }),
    new DomainSpecificBatchNorm({ name: 'ds' }),
    new TransNorm({ name: 'tn' }),
  );
  expect(freezeBatchNorm(model)).toEqual(['bn', 'ds', 'tn']);
  const before = stateOf(model);
  train(model);
  expect(stateOf(model)).toEqual(before);
  expect(model.trainableWeights.map(({ originalName }) => originalName)).toEqual(['gn/gamma', 'gn/beta']);
});

it('leaves γ and β learning without affine, where a layer can', () => {
  model = sequence(new BatchNorm({ name: 'bn' }), new DomainSpecificBatchNorm({ name: 'ds' }));
  expect(freezeBatchNorm(model, { affine: false })).toEqual(['bn', 'ds']);
  const before = stateOf(model);
  train(model);
  expect(stateOf(model)).toEqual(before);
  expect(model.trainableWeights).toHaveLength(4);
  expect(model.getLayer('bn').getConfig()['freezeStatistics']).toBe(true);
  const { value, grads } = tf.variableGrads(() =>
    tf.sum(model.apply(tf.randomNormal([4, 4], 1, 2, 'float32', 3), { training: true }) as tf.Tensor),
  );
  expect(Object.keys(grads)).toHaveLength(4);
  tf.dispose([value, ...Object.values(grads)]);
  model.dispose();
  model = sequence(new TransNorm({ name: 'tn' }));
  expect(() => freezeBatchNorm(model, { affine: false })).toThrow(/frozen without γ and β, "tn": set affine/);
});

it('refuses TF.js’s own layer, which trains on although it is not trainable, before it freezes any', () => {
  model = sequence(new BatchNorm({ name: 'bn' }), tfl.layers.batchNormalization({ name: 'stock' }));
  const stock = model.getLayer('stock');
  stock.trainable = false;
  const before = stateOf(model);
  train(model);
  // If this fails TF.js has learned to freeze, and need not be refused any more.
  expect(stateOf(model)[2]).not.toEqual(before[2]);
  stock.trainable = true;
  expect(() => freezeBatchNorm(model)).toThrow(/cannot be frozen, and model "net" has it in "stock"/);
  expect(model.getLayer('bn').trainable).toBe(true);
  const converted = toDomainSpecific(model, { domains: 1 });
  expect(freezeBatchNorm(converted)).toEqual(['bn', 'stock']);
  const state = stateOf(converted);
  train(converted);
  expect(stateOf(converted)).toEqual(state);
  converted.dispose();
});

it('freezes only what is to be included', () => {
  model = sequence(new BatchNorm({ name: 'backbone.bn' }), new BatchNorm({ name: 'head.bn' }));
  expect(freezeBatchNorm(model, { include: (name) => name.startsWith('backbone.') })).toEqual([
    'backbone.bn',
  ]);
  const before = stateOf(model);
  train(model);
  const after = stateOf(model);
  expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
  expect(after[2]).not.toEqual(before[2]);
  expect(model.trainableWeights.map(({ originalName }) => originalName)).toEqual([
    'head.bn/gamma',
    'head.bn/beta',
  ]);
});

it('finds nothing where there is nothing', () => {
  model = sequence(new GroupNorm({ name: 'gn', groups: 2 }));
  expect(freezeBatchNorm(model)).toEqual([]);
});
