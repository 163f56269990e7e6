// The gradients of whole methods, against the authors' or tllib's code transcribed in PyTorch 2 (float64): of JAN's product of
// kernels, of CDAN+E with the authors' reversed entropies, and of MDD behind its reversal. Finite differences cannot check
// what a reversal or a stopped gradient does.

import { describe, expect, it } from 'vitest';
import type { AdaptationMethod } from '../method.ts';
import { DIMENSIONS, enlargeHeads, networkAnswers, stepResult } from '../testing/adversarial-steps.ts';
import { cdan } from './cdan.ts';
import { jan } from './jan.ts';
import { mdd } from './mdd.ts';

/** Σ_i g_i cos(i): one number that no two elements can exchange places in. */
const checksum = (gradient: Float32Array | undefined): number =>
  gradient === undefined ? NaN : gradient.reduce((sum, value, i) => sum + value * Math.cos(i), 0);

const expectGradients = (
  method: AdaptationMethod,
  step: number,
  total: number,
  wanted: Record<string, number>,
): void => {
  enlargeHeads(method);
  method.onStep?.(step);
  const result = stepResult(method, networkAnswers());
  expect(result.total).toBeCloseTo(total, 5);
  for (const [name, value] of Object.entries(wanted)) {
    const error = Math.abs(checksum(result.gradients.get(name)) - value);
    expect(error, name).toBeLessThan(5e-6 * Math.max(1, Math.abs(value)));
  }
  method.dispose();
};

describe('gradients as in PyTorch', () => {
  it('of JAN', () => {
    expectGradients(jan()(DIMENSIONS), 0, 0.316901, {
      featuresSource: 0.194841,
      logitsSource: -0.218847,
      featuresTarget: 0.168695,
      logitsTarget: 0.027784,
    });
  });

  it('of CDAN+E with reversed entropies, after 800 steps', () => {
    const options = { entropyConditioning: true, entropyGradient: 'reversed' } as const;
    const method = cdan({ ...options, discriminator: { hiddenWidth: 6, dropout: 0 } })(DIMENSIONS);
    expectGradients(method, 800, 1.950233, {
      featuresSource: 0.01155,
      logitsSource: -0.083125,
      featuresTarget: -0.01694,
      logitsTarget: -0.001315,
      'discriminator.fc1/kernel': 0.045496,
      'discriminator.fc2/kernel': 0.044779,
      'discriminator.out/kernel': -0.000963,
    });
  });

  it('of MDD, after 700 steps', () => {
    expectGradients(mdd({ adversary: { hiddenWidth: 6, dropout: 0 } })(DIMENSIONS), 700, 8.894337, {
      featuresSource: -0.140062,
      logitsSource: -0.087877,
      featuresTarget: -0.007894,
      'adversarialClassifier.fc1/kernel': 4.81586,
      'adversarialClassifier.out/kernel': 0.019489,
    });
  });
});
