import { describe, expect, it } from 'vitest';
import { IMAGENET_NORMALIZATION } from '../images/normalization.ts';
import { checkTransform, isRandom, type ImageTransform } from './image-transform.ts';

const transform: ImageTransform = {
  resize: { kind: 'squash', size: 256 },
  crop: { kind: 'random-resized', size: 224, scale: [0.08, 1], ratio: [3 / 4, 4 / 3] },
  flip: 0.5,
  normalization: IMAGENET_NORMALIZATION,
  channels: 3,
};
const boxes = { kind: 'random-resized', size: 8, scale: [0.1, 1], ratio: [1, 1] } as const;
const erase = { probability: 0.5, scale: [0.02, 0.4], ratio: [0.3, 3], fill: 'zero' } as const;

describe('checkTransform', () => {
  it.each<[Partial<ImageTransform>, string]>([
    [
      { resize: { kind: 'squash', size: 0 } },
      'transform.resize.size is 0, but a positive whole number of pixels',
    ],
    [{ crop: { kind: 'centre', size: 1.5 } }, 'transform.crop.size is 1.5'],
    [
      { crop: { kind: 'random', size: 300 } },
      'transform.crop.size is 300, but a size of at most resize.size, 256,',
    ],
    [{ crop: { ...boxes, scale: [0.5, 2] } }, 'transform.crop.scale is 0.5 to 2'],
    [{ crop: { ...boxes, ratio: [2, 1] } }, 'transform.crop.ratio is 2 to 1'],
    [
      { crop: { kind: 'random', size: 265, padding: 4 } },
      'transform.crop.size is 265, but a size of at most resize.size + 2·crop.padding, 264,',
    ],
    [
      { crop: { kind: 'random', size: 224, padding: -1 } },
      'transform.crop.padding is -1, but a whole number of pixels of at least 0',
    ],
    [
      { randAugment: { operations: 0, magnitude: 9 } },
      'transform.randAugment.operations is 0, but a positive',
    ],
    [
      { randAugment: { operations: 2, magnitude: 31 } },
      'transform.randAugment.magnitude is 31, but a number from 0 to 30',
    ],
    [{ erase: { ...erase, probability: 2 } }, 'transform.erase.probability is 2, but a probability'],
    [{ erase: { ...erase, scale: [0, 0.4] } }, 'transform.erase.scale is 0 to 0.4'],
    [{ erase: { ...erase, ratio: [3, 1] } }, 'transform.erase.ratio is 3 to 1'],
    [{ flip: 1.5 }, 'transform.flip is 1.5'],
    [{ normalization: { mean: [0, 0, 0], std: [1, 0, 1] } }, 'transform.normalization.std is 1, 0, 1'],
    [
      { channels: 1 },
      'transform.normalization.mean is 0.485, 0.456, 0.406, but one value three times for 1 channel',
    ],
  ])('refuses %o', (change, message) => {
    checkTransform(transform);
    expect(() => checkTransform({ ...transform, ...change })).toThrow(message);
  });
});

it('takes a padded crop as large as the picture with its padding, RandAugment and erasing', () => {
  checkTransform({
    ...transform,
    crop: { kind: 'random', size: 264, padding: 4 },
    randAugment: { operations: 2, magnitude: 9 },
    erase,
  });
});

describe('isRandom', () => {
  it('is what two passes may differ in', () => {
    const still: ImageTransform = { ...transform, crop: { kind: 'centre', size: 224 }, flip: 0 };
    expect([isRandom(still), isRandom({ ...still, crop: null })]).toEqual([false, false]);
    expect([isRandom({ ...still, flip: 0.1 }), isRandom({ ...still, crop: boxes })]).toEqual([true, true]);
    expect(isRandom({ ...still, crop: { kind: 'random', size: 9 } })).toBe(true);
    expect(isRandom({ ...still, randAugment: { operations: 1, magnitude: 0 } })).toBe(true);
    expect([
      isRandom({ ...still, erase }),
      isRandom({ ...still, erase: { ...erase, probability: 0 } }),
    ]).toEqual([true, false]);
    expect(isRandom({ ...still, randAugment: null, erase: null })).toBe(false);
  });
});
