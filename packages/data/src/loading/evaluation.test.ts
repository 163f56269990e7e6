import { truncate } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { evaluationBatches, nextSize, prepareForEvaluation, prepareImage } from './evaluation.ts';
import { maskOf, picture, tinyVoc } from '../datasets/tiny-voc.test.fixture.ts';
import { openVoc } from '../datasets/voc.ts';

describe('prepareImage', () => {
  const image = picture(50, 30, (x, y) => [5 * x, 8 * y, 0]);

  it('pads each side to the next k·stride + 1', () => {
    expect([nextSize(1, 16), nextSize(2, 16), nextSize(33, 16), nextSize(34, 16), nextSize(500, 16)]).toEqual(
      [1, 17, 33, 49, 513],
    );
    expect(prepareImage(image)).toMatchObject({ shape: [1, 33, 65, 3], contentHeight: 30, contentWidth: 50 });
    expect(prepareImage(image, { stride: 8 }).shape).toEqual([1, 33, 57, 3]);
  });

  it('normalizes the picture at the top left and leaves the mean colour elsewhere', () => {
    const { image: input } = prepareImage(image);
    const at = (x: number, y: number): number[] => [
      ...input.subarray(3 * (65 * y + x), 3 * (65 * y + x) + 3),
    ];
    const [red, green, blue] = at(7, 11);
    expect(red).toBeCloseTo((35 / 255 - 0.485) / 0.229, 5);
    expect(green).toBeCloseTo((88 / 255 - 0.456) / 0.224, 5);
    expect(blue).toBeCloseTo(-0.406 / 0.225, 5);
    expect([...at(50, 11), ...at(7, 30)]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('brings the long side to the base size and remembers the original', () => {
    expect(prepareImage(image, { baseSize: 100, padTo: 129 })).toMatchObject({
      shape: [1, 129, 129, 3],
      contentHeight: 60,
      contentWidth: 100,
      originalHeight: 30,
      originalWidth: 50,
    });
  });

  it('refuses to pad to less than the picture, and says what would do', () => {
    expect(() => prepareImage(image, { padTo: 33 })).toThrow(
      'The picture is 50×30, larger than the 33×33 it is to be padded to: raise that size to at least 65',
    );
  });

  it('hands the truth through in its own size', () => {
    const mask = maskOf(50, 30, (x) => x % 3);
    const input = prepareForEvaluation({ id: 'q', image, mask }, { baseSize: 20 });
    expect(input).toMatchObject({ id: 'q', mask, original: image, contentWidth: 20 });
  });
});

describe('evaluationBatches', () => {
  it('yields every example once and in order, however far it reads ahead', async () => {
    const { root } = await tinyVoc();
    const dataset = await openVoc({ root, split: 'trainval' });
    for (const prefetch of [0, 2, 50]) {
      const ids: string[] = [];
      for await (const input of evaluationBatches(dataset, { prefetch, padTo: 65 })) ids.push(input.id);
      expect(ids.join('')).toBe('abcdef');
    }
    const limited: string[] = [];
    for await (const input of evaluationBatches(dataset, { limit: 3 })) limited.push(input.id);
    expect(limited.join('')).toBe('abc');
  });

  it('fails at the bad example, after the good ones', async () => {
    const { root, imagePath } = await tinyVoc();
    await truncate(imagePath('c'), 300);
    const dataset = await openVoc({ root, split: 'train' });
    const ids: string[] = [];
    await expect(
      (async () => {
        for await (const input of evaluationBatches(dataset)) ids.push(input.id);
      })(),
    ).rejects.toThrow('c.jpg could not be decoded');
    expect(ids.join('')).toBe('ab');
  });
});
