import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { domainCrossEntropy } from '../losses/domain-cross-entropy.ts';
import { entropyWeights, reversedEntropyWeights } from '../losses/entropy-weights.ts';
import { multilinearMap } from '../losses/multilinear-map.ts';
import { DIMENSIONS, enlargeHeads, networkAnswers, stepResult } from '../testing/adversarial-steps.ts';
import { cdan, type CdanOptions } from './cdan.ts';

const discriminator = { hiddenWidth: 6, dropout: 0 };
const inputCount = (options: CdanOptions, featureCount: number, classCount: number): number => {
  const method = cdan({ ...options, discriminator })({ ...DIMENSIONS, featureCount, classCount });
  const count = method.heads[0]?.model.inputs[0]?.shape[1] ?? NaN;
  method.dispose();
  return count;
};

describe('cdan', () => {
  it.each([false, true])('is the loss of its formula, entropy conditioning %s', (entropyConditioning) => {
    const method = cdan({ entropyConditioning, discriminator })(DIMENSIONS);
    const answers = networkAnswers();
    const { terms } = stepResult(method, answers);
    const expected = tf.tidy(() => {
      const seen = (features: tf.Tensor2D, logits: tf.Tensor2D): tf.Tensor2D =>
        method.heads[0]?.model.predict(multilinearMap(features, tf.softmax(logits))) as tf.Tensor2D;
      const { featuresSource, featuresTarget, logitsSource, logitsTarget } = answers;
      const weights = entropyConditioning ? entropyWeights(logitsSource, logitsTarget) : undefined;
      const [source, target] = [seen(featuresSource, logitsSource), seen(featuresTarget, logitsTarget)];
      return domainCrossEntropy(source, target, weights).dataSync()[0] ?? NaN;
    });
    expect(terms['domain']).toBeCloseTo(expected, 6);
    method.dispose();
  });

  it('lets predictions work against the discriminator with entropyGradient: reversed, through the weights alone', () => {
    const method = cdan({ entropyConditioning: true, entropyGradient: 'reversed', discriminator })(
      DIMENSIONS,
    );
    enlargeHeads(method);
    const answers = networkAnswers();
    method.onStep?.(5000);
    const { gradients, terms } = stepResult(method, answers);
    const expected = tf.tidy(() => {
      const { logitsSource, logitsTarget } = answers;
      const said = (features: tf.Tensor2D, logits: tf.Tensor2D): tf.Tensor2D =>
        method.heads[0]?.model.predict(multilinearMap(features, tf.softmax(logits))) as tf.Tensor2D;
      const source = said(answers.featuresSource, logitsSource);
      const target = said(answers.featuresTarget, logitsTarget);
      const strength = terms['reversalStrength'] ?? NaN;
      const domain = (logits: tf.Tensor): tf.Tensor => {
        const weights = reversedEntropyWeights(logitsSource, logits as tf.Tensor2D, strength);
        return domainCrossEntropy(source, target, weights);
      };
      return tf.grad(domain)(logitsTarget).dataSync<'float32'>().slice();
    });
    expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(1e-3);
    const gradient = gradients.get('logitsTarget');
    expected.forEach((slope, i) => expect(gradient?.[i]).toBeCloseTo(slope, 6));
    method.dispose();
  });

  it('takes the randomized map where it is asked for, or by itself above 4096 columns', () => {
    expect(inputCount({}, 256, 31)).toBe(7936);
    expect(inputCount({ randomized: true }, 3, 3)).toBe(1024);
    expect(inputCount({ randomized: 'auto' }, 256, 16)).toBe(4096);
    expect(inputCount({ randomized: 'auto', randomizedDimension: 50 }, 256, 17)).toBe(50);
  });

  it('keeps its random maps in its state, and has none otherwise', () => {
    const stateNames = (options: CdanOptions): string[] => {
      const method = cdan({ ...options, discriminator })(DIMENSIONS);
      const names = (method.state?.() ?? []).map(({ name }) => name);
      method.dispose();
      return names;
    };
    expect(stateNames({})).toEqual(['reversalStrength']);
    expect(stateNames({ randomized: true })).toEqual([
      'reversalStrength',
      'randomMapOfFeatures',
      'randomMapOfPredictions',
    ]);
  });

  it('refuses options out of their range', () => {
    expect(() => cdan({ entropyConditioning: true, weight: NaN })).toThrow(
      'CDAN+E got weight NaN: use a number from 0.',
    );
    expect(() => cdan({ randomizedDimension: 0.5 })).toThrow(
      'CDAN got randomizedDimension 0.5: use a whole number from 1, such as 1024.',
    );
  });
});
