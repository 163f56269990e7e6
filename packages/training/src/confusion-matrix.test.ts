import { describe, expect, it } from 'vitest';
import { ConfusionMatrix } from './confusion-matrix.ts';

describe('ConfusionMatrix', () => {
  it('scores a hand-counted example; a class in neither truth nor prediction is undefined', () => {
    const matrix = new ConfusionMatrix(4);
    //         truth                    prediction
    matrix.add([0, 0, 0, 0, 1, 1, 255], [0, 0, 0, 1, 1, 0, 2]);
    matrix.add([0, 255], [2, 3]);
    const scores = matrix.summary();
    // class 0: 3 hits, truth 5, predicted 4; class 1: 1, 2, 2; class 2: 0, 0, 1 (predicted only); class 3: nothing.
    expect(scores.perClassIoU).toEqual([3 / 6, 1 / 3, 0, null]);
    expect(scores.meanIoU).toBeCloseTo((3 / 6 + 1 / 3 + 0) / 3, 12);
    expect(scores.pixels).toBe(7);
    expect(scores.perClassPixels).toEqual([5, 2, 0, 0]);
    expect(scores.pixelAccuracy).toBeCloseTo(4 / 7, 12);
    expect(scores.perClassAccuracy).toEqual([3 / 5, 1 / 2, null, null]);
    expect(scores.meanAccuracy).toBeCloseTo(0.55, 12);
    expect(scores.frequencyWeightedIoU).toBeCloseTo((5 * (3 / 6) + 2 * (1 / 3)) / 7, 12);
  });

  it('has no scores before any valid pixel', () => {
    const matrix = new ConfusionMatrix(2);
    matrix.add([255, 255], [0, 1]);
    expect(matrix.summary()).toMatchObject({
      meanIoU: null,
      pixelAccuracy: null,
      meanAccuracy: null,
      pixels: 0,
    });
  });

  it('refuses values outside the classes, naming image and pixel, and then counts nothing', () => {
    const matrix = new ConfusionMatrix(2);
    expect(() => matrix.add([0, 2], [0, 0], '2007_000032')).toThrow(
      /truth of 2007_000032 holds class 2 at pixel 1/,
    );
    expect(() => matrix.add([0, 0], [0, -1], '2007_000032')).toThrow(
      /prediction for 2007_000032 holds class -1/,
    );
    expect(() => matrix.add([0], [0, 0])).toThrow(/1 pixels and the prediction 2/);
    expect(() => new ConfusionMatrix(21, 0)).toThrow(/ignore label 0 is also one of the 21 classes/);
    expect(matrix.summary().pixels).toBe(0);
  });

  it('merges and survives JSON', () => {
    const a = new ConfusionMatrix(2);
    const b = new ConfusionMatrix(2);
    a.add([0, 1], [0, 1]);
    b.add([1, 1], [0, 1]);
    a.merge(ConfusionMatrix.fromJSON(JSON.parse(JSON.stringify(b))));
    expect([...a.counts]).toEqual([1, 0, 1, 2]);
  });
});
