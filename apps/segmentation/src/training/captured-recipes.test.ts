// A captured step computes what the eager one does, under every method that recipes are made of.
//
// Single weights are compared after one step from the same state, and losses over twenty. TensorFlow rounds a graph's sums
// otherwise in the last digit, and some time that puts a rectifier's input on the other side of zero: weights go apart from
// there on, although both steps are right.

import { activationsOf, connect, parseRecipe, recipeMethods, type Signal } from '@plumbline/norm';
import { tf } from '@plumbline/runtime';
import { CapturedStep } from '@plumbline/runtime/capture';
import { comparableBackends, relativeDifference } from '@plumbline/test-support';
import {
  namedVariables,
  single,
  trainStep,
  type NamedVariable,
  type StepInputs,
  type StepResults,
} from '@plumbline/training';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { buildModel, buildOptimizer } from '../network/build-model.ts';
import { TINY } from '../testing/tiny-voc.ts';
import { batchLoss, type BatchTensors } from './batch-loss.ts';
import { trainingLoss } from './training-loss.ts';

const CLASSES = 4;
const { weights, activations } = recipeMethods();
/**
 * A recipe is a method for kernels and one for activations, in layers of their own: a pair has no operation of its own. Pairs in
 * which the second undoes a learned scale of the first are left out: its gradient is zero, and what is computed is rounding.
 */
const RECIPES = ['none', ...weights, ...activations, 'wa+gn', 'ws+gn', 'wn+gn'];

let config: Config;
beforeAll(async () => {
  config = await loadConfig({
    set: [...TINY, 'optimizer.momentum=0.9', 'model.poolingNorm=none', 'model.outputStride=8'],
  });
});

/** Two convolutions, a residual block with a dilated convolution, a classifier. */
function smallNetwork(name: string): tfl.LayersModel {
  const recipe = parseRecipe(name, { onWarning: () => undefined, groups: 4 });
  const unit = (input: Signal, place: number, activation: boolean, dilation = 1): Signal => {
    const conv = recipe.conv({ name: `conv${place}`, filters: 8, kernelSize: 3, dilation });
    const norm = recipe.norm({ name: `norm${place}`, activation });
    const convolved = connect(conv, input);
    const normalized = norm === null ? convolved : connect(norm, convolved);
    if (!activation || (norm !== null && recipe.normIncludesActivation)) return normalized;
    return connect(recipe.act({ name: `act${place}` }), normalized);
  };
  const image = tfl.input({ shape: [null, null, 3], name: 'image' });
  const x = unit(image, 1, true);
  const branch = unit(unit(x, 2, true, 2), 3, false);
  const sum = connect(recipe.add({ name: 'add' }), [branch, x]);
  const kernelInitializer = tfl.initializers.glorotNormal({ seed: 1 });
  const head = tfl.layers.conv2d({ name: 'head', filters: CLASSES, kernelSize: 1, kernelInitializer });
  const features = activationsOf(connect(recipe.act({ name: 'act' }), sum));
  return tfl.model({ inputs: image, outputs: head.apply(features) as tfl.SymbolicTensor });
}

interface Training {
  readonly step: (inputs: StepInputs<BatchTensors>) => StepResults;
  readonly weights: readonly NamedVariable[];
  readonly velocities: readonly NamedVariable[];
  dispose(): void;
}

function trainingOf(model: tfl.LayersModel): Training {
  const loss = trainingLoss(config, { classes: Array.from({ length: CLASSES }, String), ignoreLabel: 255 });
  const optimizer = buildOptimizer({ ...config, optimizer: { ...config.optimizer, headScale: 1 } }, model);
  return {
    weights: namedVariables(model),
    velocities: optimizer.state(),
    step: trainStep({
      updates: [{ forward: batchLoss(model, loss), optimizer }],
      communicator: single,
    }),
    dispose: () => {
      loss.dispose();
      optimizer.dispose();
      model.dispose();
    },
  };
}

const inputsOf = (step: number, size: number): StepInputs<BatchTensors> => {
  const images = tf.randomNormal<tf.Rank.R4>([2, size, size, 3], 0, 1, 'float32', step + 1);
  const classes = tf.randomUniform<tf.Rank.R3>([2, size, size], 0, CLASSES, 'float32', step + 100);
  const labels = tf.cast(classes, 'int32');
  return { microBatches: [{ images, labels }], learningRate: tf.scalar(0.01 / (step + 1)) };
};

interface Worst {
  readonly name: string;
  readonly difference: number;
}

interface Comparison {
  /** After the first step, of the network's weights and statistics. */
  readonly weight: Worst;
  /** After the first step, of the optimizer's velocities, which are then the gradients. */
  readonly gradient: Worst;
  /** In any step. */
  readonly loss: number;
  readonly isCaptured: boolean;
  readonly reasons: readonly string[];
}

function worstOf(got: readonly NamedVariable[], wanted: readonly NamedVariable[]): Worst {
  const differences = wanted.map(({ name, variable }, place) => {
    const twin = got[place]?.variable;
    return { name, difference: twin === undefined ? NaN : relativeDifference(twin, variable) };
  });
  return differences.reduce((worst, other) => (other.difference <= worst.difference ? worst : other));
}

/** Trains two networks alike, one of them captured. */
function compare(
  build: () => tfl.LayersModel,
  size: number,
  { steps, recompute = false }: { readonly steps: number; readonly recompute?: boolean },
): Comparison {
  const [eager, recorded] = [trainingOf(build()), trainingOf(build())];
  const reasons: string[] = [];
  const captured = new CapturedStep(recorded.step, { recompute, onEager: (reason) => reasons.push(reason) });
  let weight: Worst = { name: '', difference: NaN };
  let gradient = weight;
  let loss = 0;
  for (let step = 0; step < steps; step++) {
    tf.tidy(() => {
      const inputs = inputsOf(step, size);
      const [wanted] = eager.step(inputs).losses;
      const [got] = captured.run(inputs).losses;
      if (wanted === undefined || got === undefined) throw new Error('a step has no loss');
      loss = Math.max(loss, relativeDifference(got, wanted));
    });
    if (step > 0) continue;
    weight = worstOf(recorded.weights, eager.weights);
    gradient = worstOf(recorded.velocities, eager.velocities);
  }
  const { isCaptured } = captured;
  captured.dispose();
  eager.dispose();
  recorded.dispose();
  return { weight, gradient, loss, isCaptured, reasons };
}

function expectEqual({ weight, gradient, loss, ...capture }: Comparison): void {
  expect(capture).toEqual({ isCaptured: true, reasons: [] });
  expect(weight.difference, weight.name).toBeLessThan(1e-5);
  expect(gradient.difference, gradient.name).toBeLessThan(1e-5);
  expect(loss).toBeLessThan(1e-3);
}

// Other backends have no graphs.
describe.runIf(comparableBackends().includes('tensorflow'))('a captured step', () => {
  it.each(RECIPES)('of a small network with recipe %s is the eager one', (name) => {
    expectEqual(compare(() => smallNetwork(name), 9, { steps: 20 }));
  });

  it.each(RECIPES)(
    'of a small network with recipe %s is the eager one if it computes activations twice',
    (name) => {
      expectEqual(compare(() => smallNetwork(name), 9, { steps: 3, recompute: true }));
    },
  );

  // No batch norm, and no norm on the pooled branch: over two values, or one, it passes on little but rounding.
  it.each([
    ['wa+gn', false],
    ['wa+gn', true],
    ['gkn', false],
  ])('of DeepLab with recipe %s is the eager one, activations twice: %s', (recipe, recompute) => {
    const named = { ...config, model: { ...config.model, recipe } };
    expectEqual(compare(() => buildModel(named, CLASSES), 33, { steps: 3, recompute }));
  });
});
