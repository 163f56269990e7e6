// One pass over two domains against a pass for each: every layer of the conformance suite, and small networks.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { activationsOf, connect, type Signal } from '../kalman/signal.ts';
import { BatchNorm } from '../layers/batch-norm.ts';
import { DomainSpecificBatchNorm } from '../layers/domain-specific-batch-norm.ts';
import { MovingAverageBatchNorm } from '../layers/moving-average-batch-norm.ts';
import { TransNorm } from '../layers/trans-norm.ts';
import { parseRecipe } from '../recipe/recipe.ts';
import { largestDifference } from '../testing/golden.ts';
import { weightedSum } from '../testing/layer-gradients.ts';
import { subjects } from '../testing/subjects/index.ts';
import { setDomain } from './domain-specific.ts';
import { freezeBatchNorm } from './freeze-batch-norm.ts';
import { splitDomains } from './split-domains.ts';

const CHANNELS = 7;
const SOURCE = 2;
const TARGET = 3;

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
  tf.disposeVariables();
  vi.restoreAllMocks();
});

const images = (count: number, offset: number, channels = CHANNELS): tf.Tensor4D =>
  tf.randomNormal([count, 5, 5, channels], offset, 1.5, 'float32', 7 + count);
const modelOf = (layer: tfl.layers.Layer): tfl.LayersModel => {
  const input = tfl.input({ shape: [null, null, CHANNELS] });
  const model = tfl.model({ inputs: input, outputs: layer.apply(input) as tfl.SymbolicTensor });
  // γ away from 1 and biases away from 0, differently per channel.
  model.setWeights(model.getWeights().map((w) => tf.add(w, tf.randomUniform(w.shape, 0, 0.5, 'float32', 5))));
  return model;
};
const forDomain = (model: tfl.LayersModel, domain: number): void => {
  if (model.layers.some((layer) => layer instanceof DomainSpecificBatchNorm)) setDomain(model, domain);
};

interface Outcome {
  readonly output: Float32Array;
  readonly gradients: readonly Float32Array[];
  /** After the step. */
  readonly state: readonly Float32Array[];
}

/** One training step on `model`, whose weights and state are put back. */
function outcomeOf(model: tfl.LayersModel, forward: () => tf.Tensor): Outcome {
  const before = model.getWeights().map((weight) => tf.clone(weight));
  let output = new Float32Array();
  const { grads, value } = tf.variableGrads(() => {
    const y = forward();
    output = y.dataSync().slice() as Float32Array<ArrayBuffer>;
    return weightedSum(y);
  });
  value.dispose();
  const gradients = Object.keys(grads)
    .sort()
    .map((name) => grads[name]?.dataSync() as Float32Array);
  const state = model.nonTrainableWeights.map((weight) => weight.read().dataSync().slice() as Float32Array);
  model.setWeights(before);
  return { output, gradients, state };
}

const train = (model: tfl.LayersModel, x: tf.Tensor): tf.Tensor =>
  model.apply(x, { training: true }) as tf.Tensor;
const oneAtATime = (model: tfl.LayersModel, x: tf.Tensor): tf.Tensor =>
  tf.concat(tf.split(x, x.shape[0] ?? 1).map((image) => train(model, image)));

/** A step in one pass over a batch that is split, or in a pass for each domain. */
const inOnePass = (model: tfl.LayersModel, source: tf.Tensor, target: tf.Tensor): Outcome => {
  splitDomains(model, source.shape[0] ?? 0);
  const outcome = outcomeOf(model, () => train(model, tf.concat([source, target])));
  splitDomains(model, null);
  return outcome;
};
const inTwoPasses = (model: tfl.LayersModel, source: tf.Tensor, target: tf.Tensor): Outcome =>
  outcomeOf(model, () => {
    forDomain(model, 0);
    const first = train(model, source);
    forDomain(model, 1);
    return tf.concat([first, train(model, target)]);
  });

/** Relative to the largest value of each tensor. */
const deviation = (found: readonly Float32Array[], wanted: readonly Float32Array[]): number =>
  found.length === wanted.length
    ? Math.max(
        0,
        ...wanted.map((values, i) => {
          const scale = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-3);
          return largestDifference(found[i] ?? [], values) / scale;
        }),
      )
    : NaN;
const expectSame = (found: Outcome, wanted: Outcome): void => {
  expect(deviation([found.output], [wanted.output])).toBeLessThan(1e-5);
  expect(deviation(found.gradients, wanted.gradients)).toBeLessThan(1e-4);
  expect(deviation(found.state, wanted.state)).toBeLessThan(1e-5);
};

const splitSubjects = subjects.filter(
  ({ state, needsTwoDomains }) =>
    state.length > 0 && !state.includes('gradientMoments') && needsTwoDomains === undefined,
);

describe.each(splitSubjects)('$title, split', (subject) => {
  it.each([
    [SOURCE, TARGET],
    [4, 2],
  ])('is two passes, %i and %i images: outputs, gradients, running statistics', (sources, targets) => {
    const model = modelOf(subject.make('subject'));
    const [source, target] = [images(sources, 0.3), images(targets, -1)];
    const wanted = inTwoPasses(model, source, target);
    expectSame(inOnePass(model, source, target), wanted);
    // Joined again, it is something else: the test can fail.
    forDomain(model, 0);
    const joint = outcomeOf(model, () => train(model, tf.concat([source, target])));
    expect(deviation([joint.output], [wanted.output])).toBeGreaterThan(0.01);
    expect(deviation(joint.state, wanted.state)).toBeGreaterThan(1e-4);
  });
});

describe.each(subjects.filter(({ batchIndependent }) => batchIndependent))('$title', (subject) => {
  it('is the same joint, separate, split, and one image at a time', () => {
    const model = modelOf(subject.make('subject'));
    const [source, target] = [images(SOURCE, 0.3), images(TARGET, -1)];
    const wanted = inTwoPasses(model, source, target);
    const both = tf.concat([source, target]);
    expectSame(inOnePass(model, source, target), wanted);
    expectSame(
      outcomeOf(model, () => train(model, both)),
      wanted,
    );
    expectSame(
      outcomeOf(model, () => oneAtATime(model, both)),
      wanted,
    );
  });
});

/** A stem, a residual block, a rectifier (a plain mean over positions would undo an instance norm), and the mean. */
function smallNet(recipeName: string): tfl.LayersModel {
  const recipe = parseRecipe(recipeName);
  const input = tfl.input({ shape: [null, null, 2] });
  const unit = (signal: Signal, index: number, activation: boolean): Signal => {
    const conv = recipe.conv({ name: `conv${index}`, filters: 8, kernelSize: 3, padding: 1 });
    const norm = recipe.norm({ name: `norm${index}`, activation });
    const normed = norm === null ? connect(conv, signal) : connect(norm, connect(conv, signal));
    return activation && !recipe.normIncludesActivation
      ? connect(recipe.act({ name: `act${index}` }), normed)
      : normed;
  };
  const stem = unit(input, 1, true);
  const sum = connect(recipe.add({ name: 'sum' }), [unit(unit(stem, 2, true), 3, false), stem]);
  const rectified = activationsOf(connect(recipe.act({ name: 'act3' }), sum));
  const pooled = tfl.layers.globalAveragePooling2d({ name: 'pool' }).apply(rectified);
  return tfl.model({ inputs: input, outputs: pooled as tfl.SymbolicTensor });
}

describe('a network', () => {
  const [sources, targets] = [3, 2];
  const batches = (): [tf.Tensor4D, tf.Tensor4D] => [images(sources, 0.3, 2), images(targets, -1, 2)];

  it.each(['none', 'wa', 'ws', 'gn', 'ws+gn', 'wa+gn', 'ln', 'in', 'frn', 'evos0', 'gkn'])(
    'with %s is the same joint, separate, split, and one image at a time',
    (name) => {
      const model = smallNet(name);
      const [source, target] = batches();
      const both = tf.concat([source, target]);
      const wanted = inTwoPasses(model, source, target);
      expectSame(inOnePass(model, source, target), wanted);
      expectSame(
        outcomeOf(model, () => train(model, both)),
        wanted,
      );
      expectSame(
        outcomeOf(model, () => oneAtATime(model, both)),
        wanted,
      );
    },
  );

  it.each(['bn', 'wa+bn', 'syncbn', 'brn', 'bcn', 'evob0', 'dsbn'])(
    'with %s is the same separate and split, and another one joint',
    (name) => {
      const model = smallNet(name);
      const [source, target] = batches();
      const wanted = inTwoPasses(model, source, target);
      expectSame(inOnePass(model, source, target), wanted);
      forDomain(model, 0);
      const joint = outcomeOf(model, () => train(model, tf.concat([source, target])));
      // Of an estimated batch normalization, a batch makes a hundredth.
      expect(deviation([joint.output], [wanted.output])).toBeGreaterThan(name === 'bcn' ? 0.002 : 0.01);
    },
  );

  it('with bkn hands each domain its own moments on', () => {
    const model = smallNet('bkn');
    // Noise that is drawn for both at once differs from that of two draws: predictions in closed form have none.
    for (const layer of model.layers) Object.assign(layer, { prediction: 'consistent' });
    const [source, target] = batches();
    const wanted = inTwoPasses(model, source, target);
    expectSame(inOnePass(model, source, target), wanted);
    const joint = outcomeOf(model, () => train(model, tf.concat([source, target])));
    expect(deviation([joint.output], [wanted.output])).toBeGreaterThan(0.01);
  });

  it.each(['bn', 'dsbn', 'bkn', 'evob0'])('with %s keeps no tensor of a split step', (name) => {
    const model = smallNet(name);
    const both = tf.concat(batches());
    splitDomains(model, sources);
    const step = (): void => {
      const { value, grads } = tf.variableGrads(() => weightedSum(train(model, both)));
      tf.dispose([value, grads]);
    };
    step();
    const before = tf.memory().numTensors;
    for (let count = 0; count < 5; count++) step();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('with frozen statistics stays what it is, each domain in its own branch', () => {
    const frozen = smallNet('dsbn');
    const shifted = (w: tf.Tensor, i: number): tf.Tensor =>
      tf.add(w, tf.randomUniform(w.shape, 0, 0.5, 'float32', i));
    frozen.setWeights(frozen.getWeights().map(shifted));
    freezeBatchNorm(frozen, { affine: false });
    const [source, target] = batches();
    expectSame(inOnePass(frozen, source, target), inTwoPasses(frozen, source, target));
    const plain = smallNet('bn');
    freezeBatchNorm(plain);
    const joint = outcomeOf(plain, () => train(plain, tf.concat([source, target])));
    expectSame(inOnePass(plain, source, target), joint);
  });
});

describe('splitDomains', () => {
  const net = (...layers: tfl.layers.Layer[]): tfl.LayersModel =>
    tfl.sequential({ layers: [tfl.layers.inputLayer({ inputShape: [2, 2, 3] }), ...layers], name: 'net' });

  it('reaches into models inside the model, leaves inference alone, and is no part of a file', () => {
    const inner = net(new BatchNorm({ name: 'bn' }));
    const outer = net(inner);
    splitDomains(outer, 3);
    const layer = inner.getLayer('bn') as BatchNorm;
    expect(layer.sourceCount).toBe(3);
    expect(layer.getConfig()).not.toHaveProperty('sourceCount');
    const x = tf.ones([2, 2, 2, 3]);
    expect((outer.predict(x) as tf.Tensor).shape).toEqual([2, 2, 2, 3]);
    expect(() => train(outer, x)).toThrow(
      /BatchNorm "bn" got a training batch of 2 samples of which the first 3 are the source's.*splitDomains with null/,
    );
    splitDomains(outer, null);
    expect(train(outer, x).shape).toEqual([2, 2, 2, 3]);
  });

  it('is TransNorm’s sourceCount', () => {
    const layer = new TransNorm({ name: 'tn' });
    const model = net(layer);
    splitDomains(model, 3);
    expect(layer.sourceCount).toBe(3);
    splitDomains(model, null);
    expect(layer.sourceCount).toBe(null);
  });

  it('takes both domains through a DomainSpecificBatchNorm of one domain, and leaves the active one active', () => {
    const [one, three] = [1, 3].map((domains) => new DomainSpecificBatchNorm({ name: 'ds', domains }));
    for (const layer of [one, three] as DomainSpecificBatchNorm[]) {
      const model = net(layer);
      layer.domain = layer.domains - 1;
      splitDomains(model, 2);
      train(model, tf.randomNormal([4, 2, 2, 3]));
      expect(layer.domain).toBe(layer.domains - 1);
      const rows = tf.unstack(layer.getWeights()[2] as tf.Tensor);
      expect(rows.map((row) => row.dataSync().some((value) => value !== 0))).toEqual(
        [true, true, false].slice(0, layer.domains),
      );
    }
  });

  it('names the domain whose part has no variance', () => {
    const model = tfl.sequential({ layers: [new BatchNorm({ name: 'bn', inputShape: [3] })] });
    splitDomains(model, 2);
    expect(() => train(model, tf.ones([3, 3]))).toThrow(
      /BatchNorm "bn" \(the target's part\) got an input of shape \[1, 3\] in training/,
    );
  });

  it('refuses a count that is none, and layers that cannot be split, before it changes anything', () => {
    const first = new BatchNorm({ name: 'bn' });
    const model = net(first, new MovingAverageBatchNorm({ name: 'ma' }));
    expect(() => splitDomains(model, 2)).toThrow(
      /^Layer "ma" is a MovingAverageBatchNorm, which cannot normalize the domains of a batch apart: train on joint/,
    );
    expect(first.sourceCount).toBe(null);
    splitDomains(model, null);
    const stock = net(tfl.layers.batchNormalization({ name: 'stock' }));
    expect(() => splitDomains(stock, 2)).toThrow(
      /^Layer "stock" is a BatchNormalization, .*: convert the model with toDomainSpecific and domains 1 first/,
    );
    for (const count of [0, 1.5, -1]) {
      expect(() => splitDomains(net(first), count)).toThrow(
        `splitDomains got ${count} samples of the source`,
      );
    }
  });
});
