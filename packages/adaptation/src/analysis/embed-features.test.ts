import { describe, expect, it } from 'vitest';
import { madeAnswers, madeMatrix } from '../testing/made-answers.ts';
import { embedFeatures, type EmbeddedPoint } from './embed-features.ts';

const features = { source: madeAnswers(45).features, target: madeAnswers(30, { seed: 2 }).features };

const gap = (a: EmbeddedPoint, b: EmbeddedPoint): number => Math.hypot(a.x - b.x, a.y - b.y);

describe('the embedding', () => {
  it('puts the images of a class together, whichever domain they are of', () => {
    const { source, target } = embedFeatures(features, 1);
    const hits = target.filter((point) => {
      const nearest = source.reduce((best, other) => (gap(other, point) < gap(best, point) ? other : best));
      return nearest.index % 3 === point.index % 3;
    });
    expect(hits).toHaveLength(30);
  });

  it('depends on the seed alone', () => {
    expect(embedFeatures(features, 4)).toEqual(embedFeatures(features, 4));
    expect(embedFeatures(features, 4)).not.toEqual(embedFeatures(features, 5));
  });

  it('looks at no more images than it is told', () => {
    const { source, target } = embedFeatures(features, 1, 20);
    expect([source.length, target.length]).toEqual([20, 20]);
    expect(Math.max(...source.map(({ index }) => index))).toBeGreaterThan(30);
  });

  it('refuses features of different layers, and too few', () => {
    const { source } = features;
    expect(() => embedFeatures({ source, target: madeMatrix(9, 2, () => 1) }, 1)).toThrow(/45×6 and 9×2/);
    const two = madeMatrix(1, 6, () => 1);
    expect(() => embedFeatures({ source: two, target: two }, 1)).toThrow(/of 4 images or more/);
  });

  it('refuses features that are not finite', () => {
    const spoilt = madeMatrix(9, 6, () => Infinity);
    expect(() => embedFeatures({ source: spoilt, target: spoilt }, 1)).toThrow(
      /^The source features of image 0 are/,
    );
  });
});
