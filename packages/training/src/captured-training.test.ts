// Captured training is eager training: every optimizer, every loss, and all that the loop does around a step.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { comparableBackends, goldenSequence, relativeDifference } from '@plumbline/test-support';
import { describe, expect, it } from 'vitest';
import { Adam } from './adam.ts';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { classificationLoss } from './losses/classification-loss.ts';
import { KeptShareRamp } from './losses/kept-share-ramp.ts';
import { segmentationLoss, type SegmentationLossOptions } from './losses/segmentation-loss.ts';
import { namedVariables, type NamedVariable } from './named-variables.ts';
import { restrictedTo, type Optimizer } from './optimizer.ts';
import { groupsOf, parameterGroups } from './parameter-groups.ts';
import { polySchedule } from './schedules.ts';
import { Sgd } from './sgd.ts';
import { TinyLoader, tinyRun, tinyTensors, type TinyInputs, type TinyRun } from './testing/tiny-run.ts';
import { trainLoop, type TrainLoopOptions, type TrainRecord } from './train-loop.ts';
import type { TinyBatch } from './testing/tiny-run.ts';
import type { StepUpdate } from './train-step.ts';
import { WeightAverage } from './weight-averaging.ts';

type Run = Pick<TinyRun, 'model' | 'state' | 'forward'> & { optimizer: Optimizer };
interface Case {
  readonly run: Run;
  readonly loop?: Partial<TrainLoopOptions<TinyBatch, TinyInputs>>;
}

const inHead = (name: string): boolean => name.startsWith('head/');
const schedule = polySchedule({ learningRate: 0.05, totalSteps: 25 });

interface Trained {
  readonly records: readonly TrainRecord[];
  readonly variables: readonly NamedVariable[];
  /** How often the loss was built. */
  readonly passes: number;
  readonly reasons: readonly string[];
}

async function train({ run, loop }: Case, capture: boolean, from: number, to: number): Promise<Trained> {
  const records: TrainRecord[] = [];
  const reasons: string[] = [];
  let passes = 0;
  await trainLoop({
    batches: new TinyLoader(from * (loop?.accumulate ?? 1)),
    tensors: tinyTensors,
    forward: (inputs) => {
      passes++;
      return run.forward(inputs);
    },
    imagesIn: () => 2,
    optimizer: run.optimizer,
    schedule,
    startStep: from,
    totalSteps: to,
    logEvery: 1,
    log: (record) => void records.push(record),
    capture,
    onEager: (reason) => reasons.push(reason),
    ...loop,
  });
  const variables = [...namedVariables(run.model), ...run.optimizer.state(), ...run.state];
  return { records, variables, passes, reasons };
}

function expectClose(got: readonly NamedVariable[], wanted: readonly NamedVariable[], within: number): void {
  expect(got.map(({ name }) => name)).toEqual(wanted.map(({ name }) => name));
  for (const [place, { name, variable }] of wanted.entries()) {
    const other = got[place]?.variable;
    expect(other === undefined ? NaN : relativeDifference(other, variable), name).toBeLessThan(within);
  }
}

const losses = ({ records }: Trained): number[] =>
  records.flatMap(({ loss, terms }) => [loss, ...Object.values(terms)]);

/** Weights after one step, and every loss of 20. */
async function expectCapturedIsEager(made: () => Case): Promise<void> {
  const [one, other] = [await train(made(), true, 0, 1), await train(made(), false, 0, 1)];
  expectClose(one.variables, other.variables, 1e-5);
  const [captured, eager] = [await train(made(), true, 0, 20), await train(made(), false, 0, 20)];
  expect(captured.reasons).toEqual([]);
  // To see what is in the step, to record it, and to compare: no step is computed by the function itself.
  expect(captured.passes).toBe((3 * eager.passes) / 20);
  const wanted = losses(eager);
  losses(captured).forEach((loss, place) => {
    expect(Math.abs(loss / (wanted[place] ?? NaN) - 1)).toBeLessThan(1e-3);
  });
  expect(losses(captured)).toHaveLength(wanted.length);
}

function withOptimizer(of: (model: tfl.LayersModel) => Optimizer): Run {
  const { optimizer, ...run } = tinyRun();
  optimizer.dispose();
  return { ...run, optimizer: of(run.model) };
}

/** Ten times the rate for the head; kernels decay, biases do not. */
const groups = (model: tfl.LayersModel, weightDecay = 0.05): ReturnType<typeof parameterGroups> =>
  parameterGroups(model, { head: inHead, weightDecay });
const uneven = (model: tfl.LayersModel): ReturnType<typeof groupsOf> =>
  groupsOf({
    parameters: namedVariables(model),
    momentumOf: (name) => (inHead(name) ? 0 : 0.5),
    weightDecay: 0.05,
  });

const optimizers: [string, (model: tfl.LayersModel) => Optimizer][] = [
  ['SGD', (model) => new Sgd({ groups: groups(model, 0), momentum: 0 })],
  ['SGD with decay', (model) => new Sgd({ groups: groups(model), momentum: 0 })],
  ['SGD with momentum', (model) => new Sgd({ groups: groups(model, 0) })],
  ['SGD with momentum and decay', (model) => new Sgd({ groups: groups(model) })],
  ['Nesterov', (model) => new Sgd({ groups: groups(model, 0), nesterov: true })],
  ['Nesterov with decay', (model) => new Sgd({ groups: groups(model), nesterov: true })],
  ['momentum of one group alone', (model) => new Sgd({ groups: uneven(model) })],
  ['Adam', (model) => new Adam({ groups: groups(model, 0) })],
  ['Adam with decay', (model) => new Adam({ groups: groups(model), beta1: 0.8, beta2: 0.99 })],
];

const CLASSES = 2;
/** Of a batch's pixels; two are void. */
const labels = (): tf.Tensor3D => {
  const classes = goldenSequence(2 * 5 * 5, 5).map((value, pixel) =>
    pixel % 17 === 3 ? 255 : value > 0 ? 1 : 0,
  );
  return tf.tensor3d(classes, [2, 5, 5], 'int32');
};

/** A loss of segmentation in the place of the tiny run's; with a ramp, its share of the pixels falls in five steps. */
function withLoss(options: SegmentationLossOptions, ramp: KeptShareRamp | null = null): Run {
  const { model, optimizer } = tinyRun();
  return {
    model,
    optimizer,
    state: ramp?.state() ?? [],
    forward: ({ images }) => {
      const logits = model.apply(images, { training: true }) as tf.Tensor4D;
      const share = ramp === null ? {} : { keptShare: ramp.share() };
      const result = segmentationLoss(logits, labels(), { ...options, ...share });
      ramp?.advance();
      return result;
    },
  };
}

const classWeights = Array.from({ length: CLASSES }, (_, k) => 0.5 + k);
const ramp = (): KeptShareRamp => new KeptShareRamp({ keptShare: 0.3, rampSteps: 5 });
const segmentation: [string, () => Run][] = [
  ['cross-entropy', () => withLoss({})],
  ['smoothed, weighted cross-entropy', () => withLoss({ labelSmoothing: 0.1, classWeights })],
  ['focal', () => withLoss({ factors: { crossEntropy: 0, focal: 1 } })],
  ['Dice', () => withLoss({ factors: { crossEntropy: 0, dice: 1 } })],
  ['Lovász', () => withLoss({ factors: { crossEntropy: 0, lovasz: 1 } })],
  ['a sum', () => withLoss({ factors: { crossEntropy: 0.5, focal: 0.2, dice: 1, lovasz: 1 } })],
  ['hard pixels', () => withLoss({ keptShare: 0.4, threshold: 0.6 })],
  ['a ramp to hard pixels, weighted', () => withLoss({ classWeights }, ramp())],
];

/** Whole images, whose classes are mixed by a share that changes from step to step. */
function classification(): Run {
  const run = tinyRun();
  return {
    ...run,
    forward: ({ images, weight }) => {
      const logits = tf.mean<tf.Tensor2D>(run.model.apply(images, { training: true }) as tf.Tensor, [1, 2]);
      const mix = { partners: tf.tensor1d([1, 1], 'int32'), share: tf.div<tf.Scalar>(weight, 60) };
      return classificationLoss(logits, tf.tensor1d([1, 0], 'int32'), { labelSmoothing: 0.1, mix });
    },
  };
}

/** The head once more on another loss, with the momentum of both updates or its own. */
function twice(shared: boolean): Case {
  const run = tinyRun();
  const optimizer = shared
    ? restrictedTo(run.optimizer, inHead)
    : new Sgd({ groups: groupsOf({ parameters: namedVariables(run.model), filter: inHead }) });
  const forward: StepUpdate<TinyInputs>['forward'] = (inputs) => {
    const { loss, weight } = run.forward(inputs);
    return { loss: tf.mul<tf.Scalar>(loss, -0.3), weight };
  };
  const state = optimizer.state().map((entry) => ({ ...entry, name: `second/${entry.name}` }));
  return {
    run: { ...run, state: [...run.state, ...state] },
    loop: { furtherUpdates: [{ forward, optimizer }] },
  };
}

/** Its activations are computed twice, where the second update sees the weights that the first one left. */
const overMicroBatches = ({ run, loop }: Case): Case => ({
  run,
  loop: { ...loop, accumulate: 2, recompute: true },
});

function averaged(): Case {
  const run = tinyRun();
  const average = new WeightAverage(run.model, { decay: 0.9 });
  return {
    run: { ...run, state: [...run.state, ...average.state()] },
    loop: { afterUpdate: () => average.update() },
  };
}

// Other backends have no graphs.
describe.runIf(comparableBackends().includes('tensorflow'))('captured training is eager training', () => {
  it.each(optimizers)('under %s', async (_, optimizer) => {
    await expectCapturedIsEager(() => ({ run: withOptimizer(optimizer) }));
  });

  it.each(segmentation)('on the loss %s', async (_, run) => {
    await expectCapturedIsEager(() => ({ run: run() }));
  });

  it('on the loss of whole images', async () => {
    await expectCapturedIsEager(() => ({ run: classification() }));
  });

  it.each<[string, () => Case]>([
    ['clipped gradients', () => ({ run: tinyRun(), loop: { clipNorm: 0.1 } })],
    ['three micro-batches of different weights', () => ({ run: tinyRun(), loop: { accumulate: 3 } })],
    ['both', () => ({ run: tinyRun(), loop: { accumulate: 3, clipNorm: 0.1 } })],
    ['an average of the weights', averaged],
    ['a further update', () => twice(false)],
    ['a further update with the same momentum', () => twice(true)],
    ['the same over two micro-batches, recomputed', () => overMicroBatches(twice(true))],
  ])('with %s', async (_, made) => {
    await expectCapturedIsEager(made);
  });

  const bits = ({ variables }: Trained): unknown[] =>
    variables.map(({ name, variable }) => [name, [...variable.dataSync()]]);

  it.each<[string, () => Case]>([
    ['SGD, three micro-batches', () => ({ run: tinyRun(), loop: { accumulate: 3, clipNorm: 1 } })],
    ['Adam', () => ({ run: withOptimizer((model) => new Adam({ groups: groups(model) })) })],
    ['an average of the weights', averaged],
  ])('and goes on bit by bit from a checkpoint: %s', async (_, made) => {
    const folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
    try {
      const path = join(folder, 'last.safetensors');
      const straight = bits(await train(made(), true, 0, 6));
      const [first, second] = [made(), made()];
      const half = bits(await train(first, true, 0, 3));
      await saveCheckpoint(path, first.run, { step: 3, position: 3, seed: 1, best: null, config: 'abc' });
      await loadCheckpoint(path, second.run);
      const resumed = await train(second, true, 3, 6);
      expect(resumed.reasons).toEqual([]);
      expect(bits(resumed)).toEqual(straight);
      expect(half).not.toEqual(straight);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
