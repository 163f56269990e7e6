import * as tf from '@tensorflow/tfjs-core';
import { goldenSequence } from '@plumbline/test-support';
import { describe, expect, it } from 'vitest';
import type { ParameterGroup } from './parameter-groups.ts';
import { Sgd } from './sgd.ts';

/** Two groups as in segmentation: a kernel with decay, and a head bias with ten times the rate and none. */
function groups(weightDecay: number): { groups: ParameterGroup[]; kernel: tf.Variable; bias: tf.Variable } {
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

// Made with torch.optim.SGD of PyTorch 2.13 in float64, on the same weights, gradients and rates.
const golden = [
  {
    momentum: 0.9,
    nesterov: false,
    kernel: [-0.666623155, -0.001718054, 0.584422178],
    bias: [-0.243104, -5.21139],
  },
  {
    momentum: 0.9,
    nesterov: true,
    kernel: [-0.589763465, -0.064845526, 0.672486032],
    bias: [-0.3767936, -7.438251],
  },
  { momentum: 0, nesterov: false, kernel: [-0.691493335, -0.099281767, 0.775901481], bias: [-0.284, -2.208] },
];

describe('Sgd', () => {
  it.each(golden)('follows PyTorch: momentum $momentum, Nesterov $nesterov', (expected) => {
    const { groups: parameterGroups, kernel, bias } = groups(0.01);
    const sgd = new Sgd({ groups: parameterGroups, ...expected });
    const before = tf.memory().numTensors;
    learningRates.forEach((learningRate, step) => {
      const gradients = {
        [kernel.name]: tf.tensor1d(goldenSequence(3, 7 * step + 3)),
        [bias.name]: tf.tensor1d(goldenSequence(2, 11 * step + 1)),
      };
      sgd.apply(gradients, step % 2 === 0 ? learningRate : tf.scalar(learningRate));
      tf.dispose(gradients);
    });
    const rateTensors = learningRates.length / 2;
    expect(tf.memory().numTensors).toBe(before + rateTensors);
    expected.kernel.forEach((value, i) => expect(kernel.dataSync()[i]).toBeCloseTo(value, 5));
    expected.bias.forEach((value, i) => expect(bias.dataSync()[i]).toBeCloseTo(value, 5));
  });

  it('takes the momentum of a group before its own, and keeps no velocity where that is 0', () => {
    const { groups: parameterGroups, kernel, bias } = groups(0.01);
    const [first, second] = parameterGroups as [ParameterGroup, ParameterGroup];
    const sgd = new Sgd({ groups: [{ ...first, momentum: 0 }, second] });
    expect(sgd.state().map(({ name }) => name)).toEqual(['bias/velocity']);
    learningRates.forEach((learningRate, step) => {
      const gradients = {
        [kernel.name]: tf.tensor1d(goldenSequence(3, 7 * step + 3)),
        [bias.name]: tf.tensor1d(goldenSequence(2, 11 * step + 1)),
      };
      sgd.apply(gradients, learningRate);
    });
    // As PyTorch has it with `momentum` in the parameter groups: the kernel's of momentum 0, the bias's of 0.9.
    golden[2]?.kernel.forEach((value, i) => expect(kernel.dataSync()[i]).toBeCloseTo(value, 5));
    golden[0]?.bias.forEach((value, i) => expect(bias.dataSync()[i]).toBeCloseTo(value, 5));
  });

  it('looks ahead only in groups with momentum', () => {
    const { groups: parameterGroups, kernel } = groups(0);
    const [first, second] = parameterGroups as [ParameterGroup, ParameterGroup];
    const sgd = new Sgd({ groups: [{ ...first, momentum: 0 }, second], nesterov: true });
    sgd.apply({ [kernel.name]: tf.tensor1d([1, 1, 1]) }, 0.5);
    goldenSequence(3).forEach((value, i) => expect(kernel.dataSync()[i]).toBeCloseTo(value - 0.5, 6));
  });

  it('leaves a weight without a gradient alone, decay included', () => {
    const { groups: parameterGroups, kernel } = groups(0.5);
    new Sgd({ groups: parameterGroups }).apply({}, 1);
    expect([...kernel.dataSync()]).toEqual([...Float32Array.from(goldenSequence(3))]);
  });

  it('names velocities after their weights and frees them', () => {
    const { groups: parameterGroups } = groups(0);
    const before = tf.memory().numTensors;
    const sgd = new Sgd({ groups: parameterGroups });
    expect(sgd.state().map(({ name }) => name)).toEqual(['kernel/velocity', 'bias/velocity']);
    sgd.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses what cannot be meant', () => {
    const { groups: parameterGroups } = groups(0);
    expect(() => new Sgd({ groups: parameterGroups, momentum: 1 })).toThrow(/momentum .* below 1/);
    expect(() => new Sgd({ groups: parameterGroups, momentum: 0, nesterov: true })).toThrow(/Nesterov/);
    const ofGroup = parameterGroups.map((group) => ({ ...group, momentum: 1 }));
    expect(() => new Sgd({ groups: ofGroup })).toThrow(/momentum of group "kernel" .* below 1, and it is 1/);
    expect(() => new Sgd({ groups: [...parameterGroups, ...parameterGroups] })).toThrow(
      /"kernel" is in two parameter groups/,
    );
  });
});
