import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { goldenRows, goldenTensor } from '../testing/golden-domains.ts';
import { classificationLoss } from './classification.ts';

const LABELS = [2, 0, 1, 2, 0];

/** The loss in float64. */
function reference(rows: number[][], smoothing: number): number {
  const losses = rows.map((row, i) => {
    const total = Math.log(row.reduce((sum, z) => sum + Math.exp(z), 0));
    const mean = row.reduce((sum, z) => sum + total - z, 0) / row.length;
    return (1 - smoothing) * (total - (row[LABELS[i] ?? -1] ?? NaN)) + smoothing * mean;
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / rows.length;
}

const labels = (values: number[] = LABELS): tf.Tensor1D => tf.tensor1d(values, 'int32');

describe('classificationLoss', () => {
  it.each([0, 0.1])('is the mean cross-entropy of the images, with label smoothing %d', (smoothing) => {
    const loss = classificationLoss(goldenTensor('logitsSource', 5), labels(), smoothing);
    expect(loss.dataSync()[0]).toBeCloseTo(reference(goldenRows.logitsSource(5), smoothing), 6);
  });

  it('has the gradient of its value', () => {
    const loss = (x: tf.Tensor): tf.Tensor => classificationLoss(x as tf.Tensor2D, labels(), 0.1);
    expect(worstGradientError(checkGradients(loss, [goldenTensor('logitsSource', 5)]))).toBeLessThan(1e-3);
  });

  it('counts class 255, which the pixels of a segmentation leave out', () => {
    const loss = classificationLoss(tf.zeros([2, 300]), labels([255, 255]));
    expect(loss.dataSync()[0]).toBeCloseTo(Math.log(300), 4);
  });

  it('refuses labels that are not one an image', () => {
    expect(() => classificationLoss(goldenTensor('logitsSource'), labels())).toThrow(
      'The classification loss got logits of 4 images and labels of shape [5]: give one class index an image.',
    );
  });
});
