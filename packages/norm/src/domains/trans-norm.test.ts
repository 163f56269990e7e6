import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TransNorm } from '../layers/trans-norm.ts';
import { largestDifference } from '../testing/golden.ts';
import { domainDistance, transferability, transNormTrain } from './trans-norm.ts';

// Golden values of a float64 transcription, for 4 samples of 3 channels a domain.
const source = (): tf.Tensor2D =>
  tf.tensor2d(
    Array.from({ length: 12 }, (_, i) => Math.sin(1 + i)),
    [4, 3],
  );
const target = (): tf.Tensor2D =>
  tf.tensor2d(
    Array.from({ length: 12 }, (_, i) => Math.cos(0.5 * i)),
    [4, 3],
  );
const firstOf = (x: tf.Tensor2D, count: number): tf.Tensor2D => tf.slice(x, [0, 0], [count, -1]);
const distance = [0.100103, 0.046726, 0.089565];
const weights = [0.980179, 1.030162, 0.989659];
const plain = (channels: number) => ({
  gamma: tf.ones<tf.Rank.R1>([channels]),
  beta: tf.zeros<tf.Rank.R1>([channels]),
});

/** The formula in float64, samples of one domain: mean, biased and unbiased variance of each channel. */
function momentsOf(
  rows: readonly (readonly number[])[],
): { mean: number; biased: number; unbiased: number }[] {
  return (rows[0] ?? []).map((_, c) => {
    const values = rows.map((row) => row[c] ?? NaN);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return { mean, biased: squares / values.length, unbiased: squares / (values.length - 1) };
  });
}

function reference(
  sourceRows: readonly (readonly number[])[],
  targetRows: readonly (readonly number[])[],
  gamma: readonly number[],
  beta: readonly number[],
): number[] {
  const [s, t] = [momentsOf(sourceRows), momentsOf(targetRows)];
  const relative = ({ mean, unbiased }: { mean: number; unbiased: number }): number =>
    mean / Math.sqrt(unbiased + 1e-5);
  const near = s.map((m, c) => 1 / (1 + Math.abs(relative(m) - relative(t[c] ?? m))));
  const sum = near.reduce((a, b) => a + b, 0);
  return [[sourceRows, s] as const, [targetRows, t] as const].flatMap(([rows, moments]) =>
    rows.flatMap((row) =>
      row.map((x, c) => {
        const { mean = NaN, biased = NaN } = moments[c] ?? {};
        const z = ((gamma[c] ?? NaN) * (x - mean)) / Math.sqrt(biased + 1e-5) + (beta[c] ?? NaN);
        return z * (1 + (near.length * (near[c] ?? NaN)) / sum);
      }),
    ),
  );
}

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
});

describe('transNormTrain', () => {
  it('finds the golden distance of the domains and weight of the channels', () => {
    const { statistics } = transNormTrain(tf.concat([source(), target()]), plain(3), 4);
    expect(largestDifference(domainDistance(statistics).dataSync(), distance)).toBeLessThan(2e-6);
    const alpha = transferability(statistics).dataSync() as Float32Array;
    expect(largestDifference(alpha, weights)).toBeLessThan(2e-6);
    expect(alpha.reduce((a: number, b: number) => a + b, 0) / 3).toBeCloseTo(1, 6);
  });

  it.each([
    { sourceCount: 4, targetCount: 4 },
    { sourceCount: 3, targetCount: 2 },
  ])('is the formula for $sourceCount source and $targetCount target samples', (counts) => {
    const { sourceCount, targetCount } = counts;
    const [s, t] = [firstOf(source(), sourceCount), firstOf(target(), targetCount)];
    const [gamma, beta] = [
      [1.5, -0.5, 2],
      [0.3, -1, 0],
    ];
    const parameters = { gamma: tf.tensor1d(gamma ?? []), beta: tf.tensor1d(beta ?? []) };
    const { y } = transNormTrain(tf.concat([s, t]), parameters, sourceCount);
    const wanted = reference(s.arraySync(), t.arraySync(), gamma ?? [], beta ?? []);
    expect(largestDifference(y.dataSync(), wanted)).toBeLessThan(2e-5);
  });

  it('has the gradient of z at a constant α', () => {
    const joint = tf.concat([source(), target()]);
    const { statistics } = transNormTrain(joint, plain(3), 4);
    const constant = transferability(statistics);
    const inputs = [joint, tf.tensor1d([1, -1, 2]), tf.tensor1d([0, 1, -1])];
    const run = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor =>
      transNormTrain(x, { gamma: gamma as tf.Tensor1D, beta: beta as tf.Tensor1D }, 4).y;
    // For finite differences α, which follows x, is exchanged for the constant of the unmoved batch.
    const fixed = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor => {
      const own = transferability(transNormTrain(x, plain(3), 4).statistics);
      return tf.mul(
        run(x, gamma, beta),
        tf.customGrad(() => ({
          value: tf.div(tf.add(constant, 1), tf.add(own, 1)),
          gradFunc: () => [],
        }))(),
      );
    };
    const checks = checkGradients(fixed as (...inputs: tf.Tensor[]) => tf.Tensor, inputs, {
      step: 3e-3,
      probes: 24,
    });
    expect(worstGradientError(checks)).toBeLessThan(3e-3);
    // With α following x the derivative is another one.
    const followed = checkGradients(run as (...inputs: tf.Tensor[]) => tf.Tensor, inputs, { probes: 24 });
    expect(worstGradientError(followed)).toBeGreaterThan(1e-2);
  });

  it('refuses a batch without one of the domains, and one value per channel', () => {
    expect(() => transNormTrain(source(), plain(3), 4)).toThrow(
      /TransNorm got a training batch of 4 samples of which 4 are of the source: .*target after them/,
    );
    expect(() => transNormTrain(source(), plain(3), 3)).toThrow(
      /shape \[4, 3\] in training, 3 of it of the source: one value per channel.*two or more samples/,
    );
  });
});

describe('TransNorm', () => {
  const made = (args: ConstructorParameters<typeof TransNorm>[0] = {}): TransNorm => {
    const layer = new TransNorm({ name: 'tn', ...args });
    layer.apply(tf.zeros([2, 3]));
    return layer;
  };
  const averages = (layer: TransNorm): number[][] =>
    layer.nonTrainableWeights.map((weight) => Array.from(weight.read().dataSync()));

  it('advances both domains’ averages by a tenth of their batches’ unbiased statistics', () => {
    const layer = made();
    layer.apply(tf.concat([source(), target()]), { training: true });
    const moments = [source(), target()].flatMap((x) => momentsOf(x.arraySync()));
    const [mean = [], variance = []] = averages(layer);
    expect(
      largestDifference(
        mean,
        moments.map((m) => 0.1 * m.mean),
      ),
    ).toBeLessThan(1e-6);
    expect(
      largestDifference(
        variance,
        moments.map((m) => 0.9 + 0.1 * m.unbiased),
      ),
    ).toBeLessThan(1e-6);
    layer.dispose();
  });

  it('infers by one domain’s averages with the weight of both, and leaves them alone', () => {
    const layer = made({ momentum: 1 });
    layer.setWeights([tf.tensor1d([1, 2, -1]), tf.tensor1d([0, 1, 0.5]), ...layer.getWeights().slice(2)]);
    layer.apply(tf.concat([source(), target()]), { training: true });
    const before = averages(layer);
    const x = source();
    for (const domain of ['target', 'source'] as const) {
      layer.evaluationDomain = domain;
      const moments = momentsOf((domain === 'source' ? source() : target()).arraySync());
      const wanted = x.arraySync().flatMap((row) =>
        row.map((value, c) => {
          const { mean = NaN, unbiased = NaN } = moments[c] ?? {};
          const z =
            (([1, 2, -1][c] ?? NaN) * (value - mean)) / Math.sqrt(unbiased + 1e-5) + ([0, 1, 0.5][c] ?? NaN);
          return z * (1 + (weights[c] ?? NaN));
        }),
      );
      const y = layer.apply(x) as tf.Tensor;
      expect(largestDifference(y.dataSync(), wanted)).toBeLessThan(2e-5);
      const { scale, shift } = layer.inferenceAffine();
      expect(largestDifference(tf.add(tf.mul(x, scale), shift).dataSync(), y.dataSync())).toBeLessThan(1e-5);
    }
    expect(averages(layer)).toEqual(before);
    layer.dispose();
  });

  it('refuses an odd batch by name, takes it with sourceCount, and infers on any', () => {
    const layer = made();
    const odd = tf.concat([source(), firstOf(target(), 3)]);
    expect(() => layer.apply(odd, { training: true })).toThrow(
      /TransNorm "tn" got a training batch of 7 samples.*set its sourceCount/,
    );
    layer.sourceCount = 4;
    const y = layer.apply(odd, { training: true }) as tf.Tensor;
    const wanted = transNormTrain(odd, plain(3), 4).y;
    expect(y.dataSync()).toEqual(wanted.dataSync());
    expect((layer.apply(odd) as tf.Tensor).shape).toEqual([7, 3]);
    layer.sourceCount = 7;
    expect(() => layer.apply(odd, { training: true })).toThrow(/"tn" got .* 7 samples of which 7/);
    layer.dispose();
  });

  it('refuses a momentum outside 0 to 1', () => {
    expect(() => new TransNorm({ name: 'tn', momentum: 2 })).toThrow(/"tn" got momentum 2/);
  });
});
