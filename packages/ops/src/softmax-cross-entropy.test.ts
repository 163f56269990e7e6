import * as tf from '@tensorflow/tfjs-core';
import { checkGradients, withBackend, worstGradientError } from '@plumbline/test-support';
import { describe, expect, it } from 'vitest';
import { disagreement, golden, hasNative, leftBehind } from './agreement.test.support.ts';
import { softmaxCrossEntropy } from './softmax-cross-entropy.ts';

const values = [0, 1, 255, 2, 2, 0, 255, 1, 1, 2, 0, 255];
const labels = (): tf.Tensor3D => tf.tensor3d(values, [2, 2, 3], 'int32');
const logits = tf.mul(golden([2, 2, 3, 3]), 3) as tf.Tensor4D;
const loss = (x: tf.Tensor): tf.Tensor => softmaxCrossEntropy(x as tf.Tensor4D, labels()).loss;

describe('softmaxCrossEntropy', () => {
  it('is the mean of −log softmax over the valid pixels', () => {
    const rows = (tf.reshape(logits, [-1, 3]) as tf.Tensor2D).arraySync();
    const perPixel = rows.flatMap((row, p) => {
      const label = values[p] ?? 255;
      const total = row.reduce((sum, v) => sum + Math.exp(v), 0);
      return label === 255 ? [] : [Math.log(total) - (row[label] ?? NaN)];
    });
    const { loss: got, validCount } = softmaxCrossEntropy(logits, labels());
    expect(validCount.dataSync()[0]).toBe(9);
    expect(got.dataSync()[0]).toBeCloseTo(perPixel.reduce((a, b) => a + b, 0) / 9, 5);
  });

  it('has the gradient of finite differences', () => {
    expect(worstGradientError(checkGradients(loss, [logits], { probes: 36 }))).toBeLessThan(1e-3);
  });

  it.skipIf(!hasNative)('agrees between native and portable (needs the native engine)', async () => {
    expect(await disagreement(loss, [logits])).toBeLessThan(1e-6);
  });

  it.each(['tensorflow', 'cpu'].slice(hasNative ? 0 : 1))(
    'is 0 with zero gradient where all is void, on %s',
    async (backend) => {
      const data = logits.dataSync();
      await withBackend(backend, () => {
        const here = tf.tensor4d(data, [2, 2, 3, 3]);
        const onlyVoid = tf.fill([2, 2, 3], 255, 'int32') as tf.Tensor3D;
        const { value, grad } = tf.valueAndGrad(
          (x: tf.Tensor) => softmaxCrossEntropy(x as tf.Tensor4D, onlyVoid).loss,
        )(here);
        expect(value.dataSync()[0]).toBe(0);
        expect(Array.from(grad.dataSync()).every((g) => g === 0)).toBe(true);
      });
    },
  );

  describe('with pixel weights', () => {
    const pixelWeights = tf.abs(golden([2, 2, 3], 40)) as tf.Tensor3D;
    const weighted = (x: tf.Tensor): tf.Tensor =>
      softmaxCrossEntropy(x as tf.Tensor4D, labels(), { pixelWeights }).loss;

    it('is the weighted sum over the valid pixels', () => {
      const rows = (tf.reshape(logits, [-1, 3]) as tf.Tensor2D).arraySync();
      const weights = pixelWeights.dataSync();
      const expected = rows.reduce((sum, row, p) => {
        const label = values[p] ?? 255;
        const total = row.reduce((inner, v) => inner + Math.exp(v), 0);
        return label === 255 ? sum : sum + (weights[p] ?? NaN) * (Math.log(total) - (row[label] ?? NaN));
      }, 0);
      expect(weighted(logits).dataSync()[0]).toBeCloseTo(expected, 5);
    });

    it('has the gradient of finite differences', () => {
      expect(worstGradientError(checkGradients(weighted, [logits], { probes: 36 }))).toBeLessThan(1e-3);
    });

    it.skipIf(!hasNative)('agrees between native and portable (needs the native engine)', async () => {
      const data = pixelWeights.dataSync();
      const anywhere = (x: tf.Tensor): tf.Tensor =>
        softmaxCrossEntropy(x as tf.Tensor4D, labels(), { pixelWeights: tf.tensor3d(data, [2, 2, 3]) }).loss;
      expect(await disagreement(anywhere, [logits])).toBeLessThan(1e-6);
    });

    it.each(['tensorflow', 'cpu'].slice(hasNative ? 0 : 1))(
      'takes weights made of the logits as constants, on %s',
      async (backend) => {
        const data = logits.dataSync();
        await withBackend(backend, () => {
          const of = (x: tf.Tensor, w: tf.Tensor): tf.Scalar =>
            softmaxCrossEntropy(x as tf.Tensor4D, labels(), { pixelWeights: tf.mean(w, 3) as tf.Tensor3D })
              .loss;
          const here = tf.tensor4d(data, [2, 2, 3, 3]);
          const constant = tf.grad((x: tf.Tensor) => of(x, here))(here);
          const made = tf.grad((x: tf.Tensor) => of(x, x))(here);
          expect(made.dataSync()).toEqual(constant.dataSync());
        });
      },
    );

    it('refuses weights of another shape or type', () => {
      const wrong = (w: tf.Tensor): (() => unknown) => {
        return () => softmaxCrossEntropy(logits, labels(), { pixelWeights: w as tf.Tensor3D });
      };
      expect(wrong(tf.ones([12]))).toThrow('one weight a pixel');
      expect(wrong(tf.ones([2, 2, 3], 'int32'))).toThrow('wanted float32');
    });
  });

  it('takes another ignore label', () => {
    const twos = values.map((v) => (v === 255 ? 2 : v));
    const { validCount } = softmaxCrossEntropy(logits, tf.tensor3d(twos, [2, 2, 3], 'int32'), {
      ignoreLabel: 2,
    });
    expect(validCount.dataSync()[0]).toBe(twos.filter((v) => v !== 2).length);
  });

  it('does not let a label that is no class pass', async () => {
    const data = logits.dataSync();
    await withBackend('cpu', () => {
      const wrong = tf.tensor3d(
        values.map((v) => (v === 2 ? 3 : v)),
        [2, 2, 3],
        'int32',
      );
      expect(softmaxCrossEntropy(tf.tensor4d(data, [2, 2, 3, 3]), wrong).loss.dataSync()[0]).toBeNaN();
    });
  });

  it('leaves nothing behind', () => {
    const fixed = labels();
    expect(leftBehind((x) => softmaxCrossEntropy(x as tf.Tensor4D, fixed).loss, [logits])).toEqual([0, 0]);
  });

  it('refuses labels of another type or size', () => {
    expect(() => softmaxCrossEntropy(logits, tf.cast(labels(), 'float32'))).toThrow('int32 class indices');
    expect(() => softmaxCrossEntropy(logits, tf.zeros([2, 3, 3], 'int32'))).toThrow('must be equal');
  });
});
