import { savedAndLoaded } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { oneProcess, type StatisticsCommunicator } from '../communicator.ts';
import { largestDifference } from '../testing/golden.ts';
import { weightedSum } from '../testing/layer-gradients.ts';
import { BatchNorm } from './batch-norm.ts';
import { SyncBatchNorm, useCommunicator } from './sync-batch-norm.ts';

/** Two processes with equal batches: every sum is twice the own one. */
const twins: StatisticsCommunicator = {
  size: 2,
  allReduceSum: (tensors) =>
    tensors.map((tensor) => {
      const sum = tf.mul(tensor, 2);
      tensor.dispose();
      return sum;
    }),
};

const chain = (name: string, layers: tfl.layers.Layer[]): tfl.LayersModel => {
  const input = tfl.input({ shape: [2, 2, 3] });
  const output = layers.reduce((x, layer) => layer.apply(x) as tfl.SymbolicTensor, input);
  return tfl.model({ inputs: input, outputs: output, name });
};

it('shares its statistics through the communicator it is given, and says nothing of it in its configuration', () => {
  const layer = new SyncBatchNorm({ name: 'norm' });
  const plain = new BatchNorm({ name: 'plain' });
  layer.communicator = twins;
  const x = tf.randomNormal([2, 2, 2, 3], 1, 2, 'float32', 4);
  const y = layer.apply(x, { training: true }) as tf.Tensor;
  const doubled = plain.apply(tf.concat([x, x]), { training: true }) as tf.Tensor;
  expect(largestDifference(tf.concat([y, y]).dataSync(), doubled.dataSync())).toBeLessThan(2e-6);
  layer.getWeights().forEach((weight, i) => {
    expect(largestDifference(weight.dataSync(), plain.getWeights()[i]?.dataSync() ?? [])).toBeLessThan(1e-6);
  });
  const { name, ...config } = layer.getConfig();
  const { name: plainName, ...plainConfig } = plain.getConfig();
  expect([name, plainName]).toEqual(['norm', 'plain']);
  expect(config).toEqual(plainConfig);
});

it('leaks nothing with a communicator that makes new tensors', () => {
  const layer = new SyncBatchNorm({ name: 'norm' });
  layer.communicator = twins;
  const x = tf.randomNormal([2, 2, 2, 3]);
  const step = (): void => {
    const { value, grads } = tf.variableGrads(() =>
      weightedSum(layer.apply(x, { training: true }) as tf.Tensor),
    );
    value.dispose();
    tf.dispose(grads);
  };
  layer.build(x.shape);
  step();
  const before = tf.memory().numTensors;
  for (let count = 0; count < 5; count++) step();
  expect(tf.memory().numTensors).toBe(before);
});

it('useCommunicator finds the layers of a model and of the models in it', async () => {
  const [outer, inner] = [new SyncBatchNorm({ name: 'outer' }), new SyncBatchNorm({ name: 'inner' })];
  const model = chain('model', [outer, new BatchNorm({ name: 'bn' }), chain('part', [inner])]);
  expect(useCommunicator(model, twins)).toBe(2);
  expect([outer.communicator, inner.communicator]).toEqual([twins, twins]);
  const restored = await savedAndLoaded(model);
  expect((restored.getLayer('outer') as SyncBatchNorm).communicator).toBe(oneProcess);
});

it('freezes its statistics on request, as BatchNorm does', () => {
  const layer = new SyncBatchNorm({ name: 'norm', freezeStatistics: true });
  layer.communicator = twins;
  const x = tf.ones([1, 1, 1, 3]);
  const y = layer.apply(x, { training: true }) as tf.Tensor;
  expect(y.dataSync()[0]).toBeCloseTo(1, 4);
  expect([...(layer.getWeights()[2]?.dataSync() ?? [])]).toEqual([0, 0, 0]);
});
