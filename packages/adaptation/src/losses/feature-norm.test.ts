import { stopGradient } from '@plumbline/ops';
import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { goldenTensor } from '../testing/golden-domains.ts';
import { featureNorms, hardFeatureNorm, meanFeatureNorm, stepwiseFeatureNorm } from './feature-norm.ts';

const value = (compute: () => tf.Tensor): number => tf.tidy(() => compute().dataSync()[0] ?? NaN);
const domains = ['featuresSource', 'featuresTarget'] as const;

describe('adaptive feature norms', () => {
  it('have the mean norms and the hard loss of the papers’ formulas', () => {
    // Transcribed in float64.
    const norms = domains.map((domain) => value(() => meanFeatureNorm(goldenTensor(domain))));
    expect(norms[0]).toBeCloseTo(1.253918, 5);
    expect(norms[1]).toBeCloseTo(1.161207, 5);
    const losses = domains.map((domain) =>
      value(() => hardFeatureNorm(meanFeatureNorm(goldenTensor(domain)))),
    );
    expect((losses[0] ?? 0) + (losses[1] ?? 0)).toBeCloseTo(1132.164454, 3);
  });

  it.each([1, 0.3])('grow stepwise with the very gradient of the published loss, Δ = %d', (delta) => {
    const features = goldenTensor('featuresSource', 5);
    const published = (x: tf.Tensor): tf.Tensor => {
      const norms = featureNorms(x as tf.Tensor2D);
      return tf.mean(tf.square(tf.sub(tf.sub(norms, stopGradient(norms)), delta)));
    };
    const linear = (x: tf.Tensor): tf.Tensor => stepwiseFeatureNorm(meanFeatureNorm(x as tf.Tensor2D), delta);
    expect(value(() => published(features))).toBeCloseTo(delta ** 2, 6);
    const gap = value(() => tf.max(tf.abs(tf.sub(tf.grad(published)(features), tf.grad(linear)(features)))));
    expect(gap).toBeLessThan(1e-6);
    expect(worstGradientError(checkGradients(linear, [features]))).toBeLessThan(1e-3);
  });

  it('pull hard norms toward the radius, from either side', () => {
    const features = goldenTensor('featuresTarget', 3);
    const slope = (radius: number): number =>
      value(() =>
        tf.sum(
          tf.mul(
            features,
            tf.grad((x) => hardFeatureNorm(meanFeatureNorm(x as tf.Tensor2D), radius))(features),
          ),
        ),
      );
    expect(slope(25)).toBeLessThan(0);
    expect(slope(0.1)).toBeGreaterThan(0);
    const hard = (x: tf.Tensor): tf.Tensor => hardFeatureNorm(meanFeatureNorm(x as tf.Tensor2D), 2);
    expect(worstGradientError(checkGradients(hard, [features]))).toBeLessThan(1e-3);
  });

  it('are finite, with a finite gradient, for features of nothing', () => {
    const gradient = tf.grad((x) => meanFeatureNorm(x as tf.Tensor2D))(tf.zeros([2, 3]));
    expect([...gradient.dataSync()]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
