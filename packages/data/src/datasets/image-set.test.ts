import { describe, expect, it } from 'vitest';
import { spreadPlaces, subset, takeFirst, takeSpread } from './image-set.ts';
import { memorySet, tinySet } from './tiny-images.test.fixture.ts';
import { withholdLabels } from './withheld-labels.ts';

describe('subset', () => {
  it('takes images in memory with their pixels, ids and labels', () => {
    const part = subset(memorySet(5), Int32Array.of(4, 1));
    expect(part.ids).toEqual(['n4', 'n1']);
    expect([...part.labels]).toEqual([0, 1]);
    expect(part.classes).toEqual(['even', 'odd']);
    if (part.pixels.kind !== 'memory') throw new Error('wrong kind');
    expect([...part.pixels.data.subarray(14, 18)]).toEqual([54, 55, 10, 11]);
  });

  it('takes files by their paths, and gives no labels to a set without', async () => {
    const { images } = withholdLabels(await tinySet());
    const part = subset(images, [6, 0]);
    expect(part.pixels).toMatchObject({
      paths: [expect.stringMatching('6.png'), expect.stringMatching('lamp 0')],
    });
    expect('labels' in part).toBe(false);
  });

  it('refuses a place that is not there', () => {
    expect(() => subset(memorySet(3), [0, 3])).toThrow(
      'Image 3 was asked of numbers, which has the images 0…2.',
    );
  });
});

describe('takeFirst and takeSpread', () => {
  it('take the front, or some of everything', () => {
    expect(takeFirst(memorySet(10), 3).ids).toEqual(['n0', 'n1', 'n2']);
    expect(takeSpread(memorySet(10), 4).ids).toEqual(['n0', 'n2', 'n5', 'n7']);
    expect(takeFirst(memorySet(2), 9).ids).toHaveLength(2);
    expect(takeSpread(memorySet(2), 9).ids).toEqual(['n0', 'n1']);
  });

  it('never take a place twice', () => {
    for (let limit = 1; limit <= 13; limit++) expect(new Set(spreadPlaces(13, limit)).size).toBe(limit);
  });
});
