import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect, it, onTestFinished } from 'vitest';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { type NamedVariable, namedVariables } from './named-variables.ts';
import { constantSchedule } from './schedules.ts';
import { TinyLoader, tinyTensors, tinyModel, tinyRun } from './testing/tiny-run.ts';
import { trainLoop } from './train-loop.ts';
import { WeightAverage } from './weight-averaging.ts';

const values = (variables: readonly NamedVariable[]): Record<string, number[]> =>
  Object.fromEntries(variables.map(({ name, variable }) => [name, [...variable.dataSync()]]));

const named = (model: tfl.LayersModel, name: string): tf.Variable => {
  const found = namedVariables(model).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no weight ${name}`);
  return found.variable;
};

it('follows the formula, with its faster start', async () => {
  const model = tinyModel();
  const average = new WeightAverage(model, { decay: 0.3 });
  const bias = named(model, 'head/bias');
  let expected = [...bias.dataSync()];
  for (let t = 0; t < 8; t++) {
    const weights = [t, -(t ** 2)];
    bias.assign(tf.tensor1d(weights));
    average.update();
    const decay = Math.min(0.3, (1 + t) / (10 + t));
    expected = expected.map((a, i) => a + (1 - decay) * ((weights[i] ?? NaN) - a));
  }
  await average.use(() => {
    expected.forEach((a, i) => expect(bias.dataSync()[i]).toBeCloseTo(a, 4));
    return Promise.resolve();
  });
  expect([...bias.dataSync()]).toEqual([7, -49]);
});

it('averages moving statistics and leaves integers alone', async () => {
  const norm = tfl.layers.batchNormalization({ name: 'norm' });
  const model = tfl.sequential({ layers: [tfl.layers.inputLayer({ inputShape: [3] }), norm] });
  const average = new WeightAverage(model, { decay: 0.5 });
  expect(average.state().map(({ name }) => name)).toEqual([
    'norm/gamma',
    'norm/beta',
    'norm/moving_mean',
    'norm/moving_variance',
    'updates',
  ]);
  named(model, 'norm/moving_mean').assign(tf.tensor1d([1, 2, 3]));
  average.update();
  // (1 + 0) / (10 + 0) of the old zeros stay.
  const mean = await average.use(() => Promise.resolve([...named(model, 'norm/moving_mean').dataSync()]));
  [0.9, 1.8, 2.7].forEach((value, i) => expect(mean[i]).toBeCloseTo(value, 6));
});

it('gives the weights back bit by bit, also when the work throws', async () => {
  const model = tinyModel();
  const average = new WeightAverage(model, { decay: 0.9 });
  named(model, 'body/bias').assign(tf.tensor1d([0.1, 1 / 3, 1e-30, -7]));
  average.update();
  const weights = values(namedVariables(model));
  const averages = values(average.state());
  let within: Record<string, number[]> = {};
  const failing = average.use(() => {
    within = values(namedVariables(model));
    return Promise.reject(new Error('a bad mask'));
  });
  await expect(failing).rejects.toThrow('a bad mask');
  expect(within['body/bias']).toEqual(averages['body/bias']);
  expect(within['body/bias']).not.toEqual(weights['body/bias']);
  expect(values(namedVariables(model))).toEqual(weights);
  expect(values(average.state())).toEqual(averages);
});

it('does not change the run, and goes on from a checkpoint bit by bit', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'last.safetensors');
  const begin = (): ReturnType<typeof tinyRun> & { average: WeightAverage } => {
    const run = tinyRun();
    const average = new WeightAverage(run.model, { decay: 0.6 });
    return { ...run, average };
  };
  const train = (
    run: ReturnType<typeof tinyRun>,
    from: number,
    to: number,
    average?: WeightAverage,
  ): Promise<unknown> =>
    trainLoop({
      batches: new TinyLoader(from),
      tensors: tinyTensors,
      forward: run.forward,
      imagesIn: () => 2,
      optimizer: run.optimizer,
      schedule: constantSchedule(0.05),
      startStep: from,
      totalSteps: to,
      ...(average === undefined ? {} : { afterUpdate: () => average.update() }),
    });

  const straight = begin();
  await train(straight, 0, 6, straight.average);
  const without = tinyRun();
  await train(without, 0, 6);
  expect(values(namedVariables(straight.model))).toEqual(values(namedVariables(without.model)));

  const first = begin();
  await train(first, 0, 3, first.average);
  await saveCheckpoint(path, first, { step: 3, position: 3, seed: 1, best: null, config: 'abc' });
  const second = begin();
  await loadCheckpoint(path, second);
  await train(second, 3, 6, second.average);
  expect(values(second.average.state())).toEqual(values(straight.average.state()));
  expect(values(first.average.state())).not.toEqual(values(straight.average.state()));

  const averages = values(second.average.state());
  second.average.settle();
  for (const [name, settled] of Object.entries(values(namedVariables(second.model))))
    expect(settled).toEqual(averages[name]);
});

it('leaves no tensor behind', async () => {
  const model = tinyModel();
  const before = tf.memory().numTensors;
  const average = new WeightAverage(model, { decay: 0.9 });
  average.update();
  const kept = tf.memory().numTensors;
  for (let i = 0; i < 5; i++) average.update();
  await average.use(() => Promise.resolve());
  expect(tf.memory().numTensors).toBe(kept);
  average.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

it('refuses a decay that is none, and use within use', async () => {
  const model = tinyModel();
  expect(() => new WeightAverage(model, { decay: 1 })).toThrow('above 0 and below 1, and it is 1');
  const average = new WeightAverage(model, { decay: 0.9 });
  const nested = average.use(() => average.use(() => Promise.resolve()));
  await expect(nested).rejects.toThrow('cannot be put into the model while the model holds it');
  const updating = average.use(() => Promise.resolve(average.update()));
  await expect(updating).rejects.toThrow('cannot be updated while the model holds it');
  expect(() => average.update()).not.toThrow();
});
