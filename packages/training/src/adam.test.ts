import * as tf from '@tensorflow/tfjs-core';
import { goldenSequence } from '@plumbline/test-support';
import { describe, expect, it } from 'vitest';
import { Adam } from './adam.ts';
import type { ParameterGroup } from './parameter-groups.ts';

interface Weights {
  groups: ParameterGroup[];
  kernel: tf.Variable;
  bias: tf.Variable;
}

/** A kernel with decay, and a head bias with ten times the rate and none. */
function weights(weightDecay = 0.01): Weights {
  const kernel = tf.variable(tf.tensor1d(goldenSequence(3)));
  const bias = tf.variable(tf.tensor1d(goldenSequence(2, 50)));
  const group = (name: string, variable: tf.Variable, scale: number, decay: number): ParameterGroup => ({
    name,
    parameters: [{ name, variable, trainable: true }],
    learningRateScale: scale,
    weightDecay: decay,
  });
  return { groups: [group('kernel', kernel, 1, weightDecay), group('bias', bias, 10, 0)], kernel, bias };
}

const learningRates = [0.1, 0.05, 0.2, 0.01];

function run(adam: Adam, { kernel, bias }: Weights, from = 0, to = learningRates.length): void {
  for (let step = from; step < to; step++) {
    tf.tidy(() => {
      const gradients = {
        [kernel.name]: tf.tensor1d(goldenSequence(3, 7 * step + 3)),
        [bias.name]: tf.tensor1d(goldenSequence(2, 11 * step + 1)),
      };
      const rate = learningRates[step] ?? NaN;
      adam.apply(gradients, step % 2 === 0 ? rate : tf.scalar(rate));
    });
  }
}

// Made with torch.optim.Adam of PyTorch 2.13 in float64, on the same weights, gradients and rates.
const golden = [
  {
    options: {},
    kernel: [-0.638960829, -0.092369673, 0.574413277],
    bias: [0.009365293, -3.008073759],
  },
  {
    options: { beta1: 0.5, beta2: 0.9, epsilon: 1e-3 },
    kernel: [-0.656080262, -0.11756125, 0.672422095],
    bias: [-0.918516577, -3.056921185],
  },
];

describe('Adam', () => {
  it.each(golden)('follows PyTorch with $options, and keeps no tensor', ({ options, ...expected }) => {
    const given = weights();
    const adam = new Adam({ groups: given.groups, ...options });
    const before = tf.memory().numTensors;
    run(adam, given);
    expect(tf.memory().numTensors).toBe(before);
    expected.kernel.forEach((value, i) => expect(given.kernel.dataSync()[i]).toBeCloseTo(value, 5));
    expected.bias.forEach((value, i) => expect(given.bias.dataSync()[i]).toBeCloseTo(value, 5));
  });

  it('holds all it remembers in its state, the count of steps included', () => {
    const straight = weights();
    run(new Adam({ groups: straight.groups }), straight);

    const first = weights();
    const stopped = new Adam({ groups: first.groups });
    run(stopped, first, 0, 2);
    const second = weights();
    const resumed = new Adam({ groups: second.groups });
    second.kernel.assign(first.kernel);
    second.bias.assign(first.bias);
    expect(resumed.state().map(({ name }) => name)).toEqual([
      'kernel/gradient-mean',
      'kernel/gradient-square',
      'bias/gradient-mean',
      'bias/gradient-square',
      'adam/step',
    ]);
    stopped.state().forEach(({ variable }, i) => resumed.state()[i]?.variable.assign(variable));
    run(resumed, second, 2);
    expect(second.kernel.dataSync()).toEqual(straight.kernel.dataSync());
    expect(second.bias.dataSync()).toEqual(straight.bias.dataSync());
  });

  it('leaves a weight without a gradient alone, decay included', () => {
    const { groups, kernel } = weights(0.5);
    new Adam({ groups }).apply({}, 1);
    expect([...kernel.dataSync()]).toEqual([...Float32Array.from(goldenSequence(3))]);
  });

  it('frees its state', () => {
    const { groups } = weights();
    const before = tf.memory().numTensors;
    new Adam({ groups }).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses what cannot be meant', () => {
    const { groups } = weights();
    expect(() => new Adam({ groups, beta1: 1 })).toThrow("Adam's beta1 must be at least 0 and below 1");
    expect(() => new Adam({ groups, beta2: -0.1 })).toThrow("Adam's beta2 must be at least 0 and below 1");
    expect(() => new Adam({ groups, epsilon: 0 })).toThrow("Adam's epsilon must be above 0, and it is 0.");
    expect(() => new Adam({ groups: [...groups, ...groups] })).toThrow(/"kernel" is in two parameter groups/);
    const withMomentum = groups.map((group) => ({ ...group, momentum: 0.9 }));
    expect(() => new Adam({ groups: withMomentum })).toThrow(
      /group "kernel" has momentum 0.9, which Adam does not take/,
    );
  });
});
