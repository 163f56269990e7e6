import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { goldenRows, goldenTensor } from '../testing/golden-domains.ts';
import { gaussianKernels } from './gaussian-kernels.ts';
import {
  discrepancy,
  jointDiscrepancy,
  meanDiscrepancy,
  MMD_ESTIMATORS,
  PREDICTION_KERNEL,
  type JointLayer,
  type MmdEstimator,
} from './mean-discrepancy.ts';

const value = (compute: () => tf.Tensor): number => tf.tidy(() => compute().dataSync()[0] ?? NaN);

const features = (nSource = 4, nTarget = 4) =>
  [goldenTensor('featuresSource', nSource), goldenTensor('featuresTarget', nTarget)] as const;

const joint = (nSource = 4, nTarget = 4): JointLayer[] => {
  const [source, target] = features(nSource, nTarget);
  return [
    { source, target },
    {
      source: tf.softmax(goldenTensor('logitsSource', nSource)),
      target: tf.softmax(goldenTensor('logitsTarget', nTarget)),
      kernel: PREDICTION_KERNEL,
    },
  ];
};

/** The unbiased estimate in float64, straight from its definition: means over pairs. */
function reference(source: number[][], target: number[][]): number {
  const all = [...source, ...target];
  const distance = (a: number[], b: number[]): number =>
    a.reduce((sum, value, k) => sum + (value - (b[k] ?? NaN)) ** 2, 0);
  const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const pairs = (a: number[][], b: number[][], f: (x: number[], y: number[]) => number): number[] =>
    a.flatMap((x) => b.filter((y) => y !== x).map((y) => f(x, y)));
  const variance = mean(all.flatMap((a) => all.map((b) => distance(a, b))));
  const kernel = (a: number[], b: number[]): number =>
    [1 / 8, 1 / 4, 1 / 2, 1, 2].reduce((sum, s) => sum + Math.exp(-distance(a, b) / (2 * s * variance)), 0);
  return (
    mean(pairs(source, source, kernel)) +
    mean(pairs(target, target, kernel)) -
    2 * mean(pairs(source, target, kernel))
  );
}

describe('meanDiscrepancy', () => {
  // Golden values: the formulas transcribed in float64 for these inputs, without the constant that tllib adds.
  it.each([
    ['quadratic', -0.981411],
    ['linear', -1.761552],
  ] as const)('is the published %s estimate', (estimator, wanted) => {
    expect(value(() => meanDiscrepancy(...features(), { estimator }))).toBeCloseTo(wanted, 5);
  });

  it('is DeepDA’s biased estimate where the bandwidth leaves the diagonal out', () => {
    const options = { estimator: 'biased', bandwidth: 'distinct' } as const;
    expect(value(() => meanDiscrepancy(...features(), options))).toBeCloseTo(0.419362, 5);
  });

  it.each([
    [3, 7],
    [6, 2],
  ])('is unbiased with the domains’ own counts, %d and %d', (nSource, nTarget) => {
    const wanted = reference(goldenRows.featuresSource(nSource), goldenRows.featuresTarget(nTarget));
    expect(value(() => meanDiscrepancy(...features(nSource, nTarget)))).toBeCloseTo(wanted, 5);
  });

  it('takes as many pairs as the smaller domain has, for the linear estimate', () => {
    const bandwidth = 2;
    const [source, target] = features(3, 5);
    const cut = tf.slice(target, [0, 0], [3, -1]);
    const linear = (t: tf.Tensor2D): number =>
      value(() => meanDiscrepancy(source, t, { estimator: 'linear', bandwidth }));
    expect(linear(target)).toBeCloseTo(linear(cut), 5);
  });

  it('says nothing of equal domains where it is biased, and may be below 0 where it is not', () => {
    const source = goldenTensor('featuresSource', 5);
    const of = (estimator: MmdEstimator): number =>
      value(() => meanDiscrepancy(source, source, { estimator }));
    expect(of('biased')).toBeCloseTo(0, 5);
    expect(of('quadratic')).toBeLessThan(0);
  });

  it.each(MMD_ESTIMATORS)(
    'differentiates the %s estimate in both domains, the bandwidth being constant',
    (estimator) => {
      const [source, target] = features(4, 5);
      // A bandwidth of its own that the batch has at this point: finite differences would move σ² with the features.
      const variance = value(() => {
        const z = tf.concat([source, target]);
        const gaps = tf.sub(tf.expandDims(z, 0), tf.expandDims(z, 1));
        return tf.mean(tf.sum(tf.square(gaps), 2));
      });
      const moving = tf.grads((s, t) => meanDiscrepancy(s as tf.Tensor2D, t as tf.Tensor2D, { estimator }));
      const fixed = (s: tf.Tensor, t: tf.Tensor): tf.Tensor =>
        meanDiscrepancy(s as tf.Tensor2D, t as tf.Tensor2D, { estimator, bandwidth: variance });
      expect(worstGradientError(checkGradients(fixed as never, [source, target]))).toBeLessThan(2e-3);
      const wanted = tf.grads(fixed as never)([source, target]);
      moving([source, target]).forEach((gradient, i) => {
        const gap = tf.max(tf.abs(tf.sub(gradient, wanted[i] as tf.Tensor)));
        expect(value(() => gap)).toBeLessThan(1e-5);
      });
    },
  );

  it('keeps its digits where features are far from the origin', () => {
    const shifted = features(4, 6).map((t) => tf.add(t, 100)) as [tf.Tensor2D, tf.Tensor2D];
    const wanted = reference(goldenRows.featuresSource(4), goldenRows.featuresTarget(6));
    expect(value(() => meanDiscrepancy(...shifted))).toBeCloseTo(wanted, 4);
  });

  it('is finite, with a finite gradient, where all features are equal', () => {
    const zeros = tf.zeros<tf.Rank.R2>([3, 4]);
    const gradient = tf.grad((x) => meanDiscrepancy(x as tf.Tensor2D, zeros))(zeros);
    expect(value(() => meanDiscrepancy(zeros, zeros))).toBeCloseTo(0, 5);
    expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
  });

  it('refuses batches without pairs, and scales that are none', () => {
    expect(() => meanDiscrepancy(...features(1, 4))).toThrow(
      'The quadratic estimate of the mean discrepancy got 1 source and 4 target images: it needs 2 or more of each; use larger batches.',
    );
    expect(() => meanDiscrepancy(...features(4, 1), { estimator: 'linear' })).toThrow(
      /4 source and 1 target/,
    );
    expect(value(() => meanDiscrepancy(...features(1, 1), { estimator: 'biased' }))).toBeGreaterThan(0);
    expect(() => gaussianKernels(...features(), { scales: [] })).toThrow(/got no scale/);
    expect(() => gaussianKernels(...features(), { scales: [1, -1] })).toThrow(/a scale or bandwidth of -1/);
    expect(() => gaussianKernels(...features(), { bandwidth: 0 })).toThrow(/a scale or bandwidth of 0/);
  });

  it('leaves nothing behind', () => {
    const [source, target] = features(3, 4);
    const before = tf.memory().numTensors;
    MMD_ESTIMATORS.forEach((estimator) => meanDiscrepancy(source, target, { estimator }).dispose());
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('jointDiscrepancy', () => {
  it.each([
    ['quadratic', -0.941953],
    ['linear', -1.70758],
  ] as const)('is the published %s estimate', (estimator, wanted) => {
    expect(value(() => jointDiscrepancy(joint(), estimator))).toBeCloseTo(wanted, 5);
  });

  it('is the mean discrepancy for one layer, and takes unequal counts', () => {
    const [layer] = joint(3, 5) as [JointLayer];
    const wanted = value(() => meanDiscrepancy(...features(3, 5)));
    expect(value(() => jointDiscrepancy([layer]))).toBeCloseTo(wanted, 6);
    expect(Number.isFinite(value(() => jointDiscrepancy(joint(3, 5), 'linear')))).toBe(true);
  });

  it('sends gradients into features and predictions', () => {
    const loss = (featuresSource: tf.Tensor, logitsTarget: tf.Tensor): tf.Tensor =>
      jointDiscrepancy([
        {
          source: featuresSource as tf.Tensor2D,
          target: goldenTensor('featuresTarget', 3),
          kernel: { bandwidth: 3 },
        },
        {
          source: tf.softmax(goldenTensor('logitsSource')),
          target: tf.softmax(logitsTarget as tf.Tensor2D),
          kernel: PREDICTION_KERNEL,
        },
      ]);
    const inputs = [goldenTensor('featuresSource'), goldenTensor('logitsTarget', 3)];
    const checks = checkGradients(loss as never, inputs);
    expect(worstGradientError(checks)).toBeLessThan(2e-3);
    expect(checks.filter(({ input }) => input === 1).some(({ analytic }) => Math.abs(analytic) > 1e-3)).toBe(
      true,
    );
  });

  it('refuses no layer, and a kernel of one domain', () => {
    expect(() => jointDiscrepancy([])).toThrow('A joint discrepancy got no layer: give one or more.');
    const kernel = tf.ones<tf.Rank.R2>([4, 4]);
    expect(() => discrepancy(kernel, 4)).toThrow(/4 source and 0 target/);
  });
});
