import { classificationLoss } from '@plumbline/training';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { classConfusion } from '../losses/class-confusion.ts';
import { coralLoss } from '../losses/coral.ts';
import { meanFeatureNorm } from '../losses/feature-norm.ts';
import { jointDiscrepancy, meanDiscrepancy, PREDICTION_KERNEL } from '../losses/mean-discrepancy.ts';
import { entropyLoss } from '../losses/softmax-entropy.ts';
import type { MethodDimensions, MethodLoss } from '../method.ts';
import { goldenTensor } from '../testing/golden-domains.ts';
import { madeStep } from '../testing/made-step.ts';
import { afn } from './afn.ts';
import { dan } from './dan.ts';
import { coral } from './deep-coral.ts';
import { jan } from './jan.ts';
import { mcc } from './mcc.ts';
import type { MethodFactory } from './plan.ts';

const dimensions: MethodDimensions = {
  featureCount: 3,
  classCount: 3,
  targetCount: 9,
  totalSteps: 10,
  seed: 1,
};

const INPUTS = ['featuresSource', 'featuresTarget', 'logitsSource', 'logitsTarget'] as const;
type Input = (typeof INPUTS)[number];

const inputs = (nSource: number, nTarget: number): tf.Tensor2D[] =>
  INPUTS.map((name) => goldenTensor(name, name.endsWith('Source') ? nSource : nTarget));

const lossOf = (method: MethodFactory, tensors: readonly tf.Tensor[]): MethodLoss => {
  const [fs, ft, ls, lt] = tensors as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  const made = method(dimensions);
  return made.loss(madeStep({ source: { features: fs, logits: ls }, target: { features: ft, logits: lt } }));
};

const value = (compute: () => tf.Tensor): number => tf.tidy(() => compute().dataSync()[0] ?? NaN);

/** What each method adds to the source's cross-entropy, and what the gradient of that reaches. */
const methods: [string, MethodFactory, readonly Input[], (...t: tf.Tensor2D[]) => tf.Tensor][] = [
  [
    'DAN',
    dan({ weight: 2 }),
    ['featuresSource', 'featuresTarget'],
    (fs, ft) => tf.mul(meanDiscrepancy(fs as tf.Tensor2D, ft as tf.Tensor2D), 2),
  ],
  [
    'DAN, linear',
    dan({ estimator: 'linear' }),
    ['featuresSource', 'featuresTarget'],
    (fs, ft) => meanDiscrepancy(fs as tf.Tensor2D, ft as tf.Tensor2D, { estimator: 'linear' }),
  ],
  [
    'JAN',
    jan(),
    INPUTS,
    (fs, ft, ls, lt) =>
      jointDiscrepancy([
        { source: fs as tf.Tensor2D, target: ft as tf.Tensor2D },
        {
          source: tf.softmax(ls as tf.Tensor2D),
          target: tf.softmax(lt as tf.Tensor2D),
          kernel: PREDICTION_KERNEL,
        },
      ]),
  ],
  [
    'CORAL',
    coral(),
    ['featuresSource', 'featuresTarget'],
    (fs, ft) => tf.mul(coralLoss(fs as tf.Tensor2D, ft as tf.Tensor2D), 10),
  ],
  [
    'MCC',
    mcc({ weight: 0.5 }),
    ['logitsTarget'],
    (_fs, _ft, _ls, lt) => tf.mul(classConfusion(lt as tf.Tensor2D, 2.5), 0.5),
  ],
  [
    'HAFN',
    afn({ form: 'hafn' }),
    ['featuresSource', 'featuresTarget'],
    (fs, ft) =>
      tf.mul(
        tf.add(
          tf.square(tf.sub(meanFeatureNorm(fs as tf.Tensor2D), 25)),
          tf.square(tf.sub(meanFeatureNorm(ft as tf.Tensor2D), 25)),
        ),
        0.05,
      ),
  ],
  [
    'SAFN+ENT',
    afn({ entropyWeight: 0.1 }),
    ['featuresSource', 'featuresTarget', 'logitsTarget'],
    (fs, ft, _ls, lt) =>
      tf.add(
        tf.mul(tf.add(meanFeatureNorm(fs as tf.Tensor2D), meanFeatureNorm(ft as tf.Tensor2D)), -0.1),
        tf.mul(entropyLoss(lt as tf.Tensor2D), 0.1),
      ),
  ],
];

describe.each(methods)('%s', (_name, method, reached, added) => {
  it.each([
    [4, 4],
    [3, 5],
  ])('is the source’s cross-entropy and its own loss, of %d and %d images', (nSource, nTarget) => {
    const tensors = inputs(nSource, nTarget);
    const labels = tf.tensor1d(
      Array.from({ length: nSource }, (_, i) => i % 3),
      'int32',
    );
    const classification = value(() => classificationLoss(tensors[2] as tf.Tensor2D, labels).loss);
    const { total, terms } = lossOf(method, tensors);
    expect(value(() => total)).toBeCloseTo(classification + value(() => added(...tensors)), 5);
    expect(value(() => terms['classification'] as tf.Scalar)).toBeCloseTo(classification, 6);
    expect(Object.keys(terms).length).toBeGreaterThan(1);
  });

  it('reaches the source’s logits and what it says it aligns, and nothing else', () => {
    // tf.grads refuses an input that the result does not depend on.
    const touched = (tensors: tf.Tensor[]): tf.Tensor => tf.mul(tf.addN(tensors.map((t) => tf.sum(t))), 0);
    const gradients = tf.grads((...tensors) => tf.add(lossOf(method, tensors).total, touched(tensors)))(
      inputs(4, 5),
    );
    INPUTS.forEach((name, i) => {
      const slope = value(() => tf.max(tf.abs(gradients[i] as tf.Tensor)));
      if (name === 'logitsSource' || reached.includes(name)) expect(slope, name).toBeGreaterThan(1e-5);
      else expect(slope, name).toBe(0);
    });
  });

  it('has no heads and no state, and says the same twice', () => {
    const made = method(dimensions);
    expect([made.heads, made.state?.() ?? []]).toEqual([[], []]);
    expect(made.domains).toEqual({ source: true, target: true });
    const twice = [0, 1].map(() => value(() => lossOf(method, inputs(4, 4)).total));
    expect(twice[0]).toBe(twice[1]);
    made.dispose();
  });

  it('leaves nothing behind', () => {
    const before = tf.memory().numTensors;
    value(() => lossOf(method, inputs(3, 4)).total);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('what the methods log', () => {
  it('is a discrepancy that is never below 0, where the loss may be', () => {
    const tensors = inputs(4, 4);
    for (const method of [dan(), jan()]) {
      const { terms, total } = lossOf(method, tensors);
      const discrepancy = value(() => terms['discrepancy'] as tf.Scalar);
      expect(discrepancy).toBeGreaterThan(0);
      expect(value(() => total)).toBeLessThan(value(() => terms['classification'] as tf.Scalar));
    }
  });

  it('is the mean norms of AFN, whose loss says nothing', () => {
    const tensors = inputs(4, 4);
    const { terms } = lossOf(afn(), tensors);
    expect(value(() => terms['normSource'] as tf.Scalar)).toBeCloseTo(1.253918, 5);
    expect(value(() => terms['normTarget'] as tf.Scalar)).toBeCloseTo(1.161207, 5);
  });
});

it('names its forms, and refuses weights below 0', () => {
  expect([afn({ form: 'hafn' }), afn(), afn({ entropyWeight: 0.1 })].map((m) => m(dimensions).name)).toEqual([
    'HAFN',
    'SAFN',
    'SAFN+ENT',
  ]);
  expect(() => dan({ weight: -1 })).toThrow('DAN got weight -1: use a number from 0.');
  expect(() => afn({ entropyWeight: NaN })).toThrow(/SAFN got entropyWeight NaN/);
});
