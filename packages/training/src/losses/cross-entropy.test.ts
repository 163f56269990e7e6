import { softmaxCrossEntropy } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  CLASSES,
  labelsTensor,
  LOGITS,
  logitsTensor,
  lossValues,
  referencePixels,
  total,
} from '../testing/loss-case.ts';
import { crossEntropyLoss, type CrossEntropyOptions } from './cross-entropy.ts';

const value = async (options: CrossEntropyOptions): Promise<number> =>
  (await lossValues((x, y) => crossEntropyLoss(x, y, options))).loss;

const pixels = referencePixels();
const classWeights = [0.5, 2, 1.5, 3];
const weightOf = (label: number): number => classWeights[label] ?? NaN;

describe('crossEntropyLoss', () => {
  it('without options is the mean over the valid pixels, bit by bit that of ops', async () => {
    expect(await value({})).toBeCloseTo(total(pixels.map(({ loss }) => loss)) / pixels.length, 5);
    const plain = await lossValues((x, y) => {
      const { loss, validCount } = softmaxCrossEntropy(x, y);
      return { loss, weight: validCount };
    });
    expect(await lossValues((x, y) => crossEntropyLoss(x, y))).toEqual(plain);
    expect(await lossValues((x, y) => crossEntropyLoss(x, y, { keptShare: 1, labelSmoothing: 0 }))).toEqual(
      plain,
    );
  });

  it('weighs classes and divides by the number of pixels', async () => {
    const expected = total(pixels.map(({ label, loss }) => weightOf(label) * loss)) / pixels.length;
    expect(await value({ classWeights })).toBeCloseTo(expected, 5);
  });

  it('of a batch is the mean of its images weighted by their valid pixels', async () => {
    const options = { classWeights, labelSmoothing: 0.1 };
    const one = (image: number): Promise<{ loss: number; weight: number }> =>
      lossValues((x, y) =>
        crossEntropyLoss(tf.slice(x, [image, 0, 0, 0], [1, 3, 4, CLASSES]), tf.slice(y, image, 1), options),
      );
    const [first, second] = [await one(0), await one(1)];
    const mean = (first.loss * first.weight + second.loss * second.weight) / (first.weight + second.weight);
    expect(await value(options)).toBeCloseTo(mean, 5);
    expect(first.loss).not.toBeCloseTo(second.loss, 2);
  });

  it('smooths labels towards all classes', async () => {
    const smoothed = pixels.map(
      ({ loss, s }) => 0.8 * loss + 0.2 * (total(s.map((p) => -Math.log(p))) / CLASSES),
    );
    expect(await value({ labelSmoothing: 0.2 })).toBeCloseTo(total(smoothed) / pixels.length, 5);
    const weighted = total(smoothed.map((loss, i) => loss * weightOf(pixels[i]?.label ?? -1)));
    expect(await value({ labelSmoothing: 0.2, classWeights })).toBeCloseTo(weighted / pixels.length, 5);
  });

  describe('over the hardest pixels', () => {
    const hardest = [...pixels].sort((a, b) => b.loss - a.loss);

    it.each([0.1, 0.3, 0.5, 0.9])('keeps a share of %d of the valid ones', async (keptShare) => {
      const kept = hardest.slice(0, Math.max(1, Math.round(keptShare * pixels.length)));
      const expected = total(kept.map(({ loss }) => loss)) / kept.length;
      expect(await value({ keptShare })).toBeCloseTo(expected, 5);
      const scalar = await lossValues((x, y) => crossEntropyLoss(x, y, { keptShare: tf.scalar(keptShare) }));
      expect(scalar.loss).toBeCloseTo(expected, 5);
    });

    it('keeps all that are below a probability, and the least share where they are fewer', async () => {
      const below = pixels.filter(({ loss }) => Math.exp(-loss) < 0.3);
      expect(below.length).toBeGreaterThan(0.05 * pixels.length);
      expect(below.length).toBeLessThan(0.9 * pixels.length);
      const mean = (kept: typeof pixels): number => total(kept.map(({ loss }) => loss)) / kept.length;
      expect(await value({ keptShare: 0.05, threshold: 0.3 })).toBeCloseTo(mean(below), 5);
      const most = hardest.slice(0, Math.round(0.9 * pixels.length));
      expect(await value({ keptShare: 0.9, threshold: 0.3 })).toBeCloseTo(mean(most), 5);
    });

    it('gives easy pixels no gradient, chooses by prediction and not by weight', async () => {
      const options = { keptShare: 0.25, classWeights: [0, 2, 1.5, 3] };
      const kept = hardest.slice(0, Math.round(0.25 * pixels.length));
      const expected = total(kept.map(({ label, loss }) => (options.classWeights[label] ?? NaN) * loss));
      const { loss, gradient } = await lossValues((x, y) => crossEntropyLoss(x, y, options));
      expect(loss).toBeCloseTo(expected / kept.length, 5);
      const learnt = LOGITS.filter((_, p) => gradient.slice(4 * p, 4 * p + 4).some((g) => g !== 0));
      expect(learnt).toHaveLength(kept.filter(({ label }) => label !== 0).length);
    });

    it('keeps all pixels that are equally hard', async () => {
      const flat = LOGITS.map(() => [0, 0, 0, 0]);
      const { loss, gradient } = await lossValues(
        (x, y) => crossEntropyLoss(x, y, { keptShare: 0.2 }),
        undefined,
        flat,
      );
      expect(loss).toBeCloseTo(Math.log(4), 5);
      expect(gradient.filter((g) => g !== 0)).toHaveLength(4 * pixels.length);
    });
  });

  it.each([
    [{ classWeights: [1, 2] }, 'Cross-entropy: got 2 class weights for 4 classes'],
    [{ classWeights: [1, 2, -1, 1] }, 'the weight of class 2 is -1'],
    [{ classWeights: [1, NaN, 1, 1] }, 'the weight of class 1 is NaN'],
    [{ classWeights: [0, 0, 0, 0] }, 'all class weights are 0'],
    [{ labelSmoothing: 1 }, 'labelSmoothing must be at least 0 and below 1, and it is 1'],
    [{ keptShare: 0 }, 'keptShare must be above 0 and at most 1'],
    [{ keptShare: 1.5 }, 'keptShare must be above 0 and at most 1'],
    [{ keptShare: 0.5, threshold: 7 }, 'threshold is a probability between 0 and 1, and it is 7'],
    [{ threshold: 0.7 }, 'threshold 0.7 leaves no pixel out while keptShare is 1'],
  ])('refuses %o', (options, message) => {
    expect(() => crossEntropyLoss(logitsTensor(), labelsTensor(), options)).toThrow(message);
  });
});
