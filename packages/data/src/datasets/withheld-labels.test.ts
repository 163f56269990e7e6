import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { memorySet } from './tiny-images.test.fixture.ts';
import { WithheldLabels, withholdLabels } from './withheld-labels.ts';

describe('withholdLabels', () => {
  it('leaves no label on the images, not even at run time', () => {
    const { images } = withholdLabels(memorySet(4));
    expect(Object.keys(images).sort()).toEqual(['ids', 'name', 'pixels']);
  });

  it('keeps labels where no listing, copy or change of the original reaches them', () => {
    const set = memorySet(4);
    const { labels } = withholdLabels(set);
    expect(Reflect.ownKeys(labels).sort()).toEqual(['classes', 'count']);
    expect(JSON.stringify(labels)).toBe('{"classes":["even","odd"],"count":4}');
    expect(inspect(labels, { showHidden: true, depth: 9 })).not.toContain('Int32Array');
    expect(Object.keys(structuredClone(labels)).sort()).toEqual(['classes', 'count']);
    set.labels.fill(0);
    expect([...labels.confusion(Int32Array.of(0, 1, 0, 1))]).toEqual([2, 0, 0, 2]);
  });
});

describe('WithheldLabels', () => {
  const labels = new WithheldLabels({ classes: ['a', 'b', 'c'], labels: Int32Array.of(0, 1, 2, 2, 1) });

  it('counts predictions (columns) under the truth (rows)', () => {
    expect([...labels.confusion(Int32Array.of(0, 1, 2, 0, 0))]).toEqual([1, 0, 0, 1, 1, 0, 1, 0, 1]);
  });

  it('counts some of the images', () => {
    expect([...labels.confusion(Int32Array.of(2, 1), Int32Array.of(3, 0))]).toEqual([
      0, 1, 0, 0, 0, 0, 0, 0, 1,
    ]);
  });

  it('refuses what cannot be counted', () => {
    expect(() => labels.confusion(Int32Array.of(0))).toThrow('1 predictions were given for 5 images');
    expect(() => labels.confusion(Int32Array.of(0, 1, 3, 0, 0))).toThrow(
      'Prediction 2 is 3, but the classes are 0…2.',
    );
    expect(() => labels.confusion(Int32Array.of(0), Int32Array.of(5))).toThrow(
      'Image 5 was answered, but the images are 0…4.',
    );
  });
});
