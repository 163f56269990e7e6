import { checkGradients, comparableBackends, withBackend, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { softmax, total } from '../testing/loss-case.ts';
import { classificationLoss, type ClassificationLossOptions } from './classification-loss.ts';

const CLASSES = 4;
const LABELS = [2, 0, 3, 2, 1];
const PARTNERS = [0, 1, 3, 1, 2];
const SHARE = 0.7;
const ROWS = LABELS.map((_, i) =>
  Array.from({ length: CLASSES }, (_unused, c) => 3 * Math.sin(1.7 * i + 2.9 * c + 0.11 * i * c)),
);

const logitsTensor = (rows = ROWS): tf.Tensor2D => tf.tensor2d(rows);
const classes = (labels: readonly number[]): tf.Tensor1D => tf.tensor1d([...labels], 'int32');
/** Made anew, because tensors belong to a backend. */
const mixed = (partners = PARTNERS): ClassificationLossOptions => ({
  mix: { partners: classes(partners), share: tf.scalar(SHARE) },
});

/** The loss in float64. */
function reference(smoothing: number, share: number): number {
  const losses = ROWS.map((row, i) => {
    const s = softmax(row);
    const targets = row.map((_, c) => {
      const hot = share * Number(LABELS[i] === c) + (1 - share) * Number(PARTNERS[i] === c);
      return (1 - smoothing) * hot + smoothing / CLASSES;
    });
    return total(targets.map((target, c) => -target * Math.log(s[c] ?? NaN)));
  });
  return total(losses) / losses.length;
}

const lossOf = (options: ClassificationLossOptions = {}, labels = LABELS, rows = ROWS): number =>
  tf.tidy(() => classificationLoss(logitsTensor(rows), classes(labels), options).loss.dataSync()[0] ?? NaN);

const gradientOf = (options: ClassificationLossOptions = {}, labels = LABELS, rows = ROWS): number[] =>
  tf.tidy(() => [
    ...tf
      .grad((x: tf.Tensor) => classificationLoss(x as tf.Tensor2D, classes(labels), options).loss)(
        logitsTensor(rows),
      )
      .dataSync(),
  ]);

describe.each(comparableBackends())('classificationLoss on %s', (backend) => {
  const here = (check: () => void): (() => Promise<void>) => {
    return () =>
      withBackend(backend, () => {
        check();
      });
  };

  it(
    'is the mean cross-entropy of the images, smoothed and mixed',
    here(() => {
      expect(lossOf()).toBeCloseTo(reference(0, 1), 6);
      expect(lossOf({ labelSmoothing: 0.1 })).toBeCloseTo(reference(0.1, 1), 6);
      expect(lossOf(mixed())).toBeCloseTo(reference(0, SHARE), 6);
      expect(lossOf({ ...mixed(), labelSmoothing: 0.2 })).toBeCloseTo(reference(0.2, SHARE), 6);
    }),
  );

  it(
    'is NaN, and so is the gradient, of an image whose label is no class',
    here(() => {
      for (const label of [-1, 4, 255]) {
        const labels = LABELS.map((own, i) => (i === 1 ? label : own));
        for (const smoothing of [0, 0.1]) {
          expect(lossOf({ labelSmoothing: smoothing }, labels)).toBeNaN();
          const learnt = gradientOf({ labelSmoothing: smoothing }, labels).map(Number.isNaN);
          expect(learnt).toEqual(LABELS.flatMap((_, i) => Array<boolean>(CLASSES).fill(i === 1)));
        }
        expect(lossOf(mixed(labels))).toBeNaN();
      }
    }),
  );

  it(
    'takes sure and wrong answers without leaving the finite numbers',
    here(() => {
      const sure = LABELS.map((_, i) => [0, 1, 2, 3].map((c) => (c === (i + 2) % 4 ? 1e4 : -1e4)));
      expect(lossOf({}, LABELS, sure)).toBeCloseTo(0.8 * 2e4, 0);
      expect(gradientOf({ ...mixed(), labelSmoothing: 0.1 }, LABELS, sure).every(Number.isFinite)).toBe(true);
    }),
  );
});

describe('classificationLoss', () => {
  it.each([0, 0.1])('has the gradient of finite differences, with label smoothing %d', (labelSmoothing) => {
    for (const options of [{ labelSmoothing }, { ...mixed(), labelSmoothing }]) {
      const loss = (x: tf.Tensor): tf.Tensor =>
        classificationLoss(x as tf.Tensor2D, classes(LABELS), options).loss;
      expect(worstGradientError(checkGradients(loss, [logitsTensor()], { probes: 20 }))).toBeLessThan(1e-3);
    }
  });

  it('counts class 255, which the pixels of a segmentation leave out', () => {
    const { loss } = classificationLoss(tf.zeros([2, 300]), classes([255, 255]));
    expect(loss.dataSync()[0]).toBeCloseTo(Math.log(300), 4);
  });

  it('weighs as many images as there are', () => {
    expect(classificationLoss(logitsTensor(), classes(LABELS)).weight.dataSync()[0]).toBe(5);
  });

  it('leaves nothing behind', () => {
    const inputs = { logits: logitsTensor(), labels: classes(LABELS), options: mixed() };
    const step = (): void => {
      const of = (x: tf.Tensor): tf.Scalar =>
        classificationLoss(x as tf.Tensor2D, inputs.labels, { ...inputs.options, labelSmoothing: 0.1 }).loss;
      tf.dispose(tf.valueAndGrad(of)(inputs.logits) as unknown as tf.NamedTensorMap);
    };
    step();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 20; i++) step();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses what does not fit', () => {
    const of =
      (logits: unknown, labels: unknown, options: ClassificationLossOptions = {}) =>
      () =>
        classificationLoss(logits as tf.Tensor2D, labels as tf.Tensor1D, options);
    expect(of(tf.zeros([5, 1, 4]), classes(LABELS))).toThrow('give float32 [images, classes]');
    expect(of(tf.zeros([5, 4], 'int32'), classes(LABELS))).toThrow('got logits of type int32');
    expect(of(logitsTensor(), classes([1, 2]))).toThrow(
      'The classification loss got labels of type int32 and shape [2] for logits of shape [5, 4]: give one int32 class index an image.',
    );
    expect(of(logitsTensor(), tf.zeros([5]))).toThrow('labels of type float32');
    expect(of(logitsTensor(), classes(LABELS), mixed([1]))).toThrow('labels of partners of type int32');
    expect(of(logitsTensor(), classes(LABELS), { labelSmoothing: 1 })).toThrow(
      'labelSmoothing of the classification loss must be at least 0 and below 1, and it is 1.',
    );
  });
});
