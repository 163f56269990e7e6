import { describe, expect, it } from 'vitest';
import { tinyConfig } from '../testing/tiny-images.ts';
import type { ConfigInput } from '../config/config.ts';
import { describeTransforms, evaluationTransform, trainingTransform } from './transforms.ts';

const all = {
  ...{ resize: 40, crop: 'random', cropSize: 32, padding: 4, flip: 0.25, erase: 0.5 },
  randAugment: { operations: 2, magnitude: 9 },
  ...{ mean: [0.1, 0.2, 0.3], std: [1, 2, 3] },
} satisfies ConfigInput['images'];
const of = (images: ConfigInput['images'], evaluate: ConfigInput['evaluate'] = {}) =>
  tinyConfig('', { images, evaluate });

describe('transforms', () => {
  it('of training have all that is random, in the shape that the loader takes', () => {
    expect(trainingTransform(of(all), 3)).toEqual({
      resize: { kind: 'squash', size: 40 },
      crop: { kind: 'random', size: 32, padding: 4 },
      flip: 0.25,
      normalization: { mean: [0.1, 0.2, 0.3], std: [1, 2, 3] },
      channels: 3,
      randAugment: { operations: 2, magnitude: 9 },
      erase: { probability: 0.5, scale: [0.02, 0.4], ratio: [0.3, 1 / 0.3], fill: 'noise' },
    });
    const plain = trainingTransform(of({ crop: 'none', flip: 0 }), 1);
    expect(plain).toMatchObject({
      resize: null,
      crop: null,
      flip: 0,
      channels: 1,
      randAugment: null,
      erase: null,
    });
    expect(trainingTransform(of({ crop: 'random-resized', cropSize: 8, scale: [0.2, 1] }), 3).crop).toEqual({
      kind: 'random-resized',
      size: 8,
      scale: [0.2, 1],
      ratio: [3 / 4, 4 / 3],
    });
  });

  it('of evaluation have nothing random: the centre, or the whole', () => {
    const normalization = { mean: [0.1, 0.2, 0.3], std: [1, 2, 3] };
    expect(evaluationTransform(of(all), 3)).toEqual({
      resize: { kind: 'squash', size: 40 },
      crop: { kind: 'centre', size: 32 },
      flip: 0,
      normalization,
      channels: 3,
    });
    const short = of({ ...all, crop: 'random-resized', evaluationResize: 48 });
    expect(evaluationTransform(short, 3)).toMatchObject({
      resize: { kind: 'short-side', size: 48 },
      crop: { kind: 'centre', size: 32 },
    });
    expect(evaluationTransform(of({ crop: 'none' }), 1)).toMatchObject({
      resize: null,
      crop: null,
      channels: 1,
    });
  });

  it('are said in protocols', () => {
    expect(describeTransforms(of(all, { flip: true }))).toBe(
      'images squashed to 40², random crop 32² after padding by 4, flip 0.25, RandAugment 2, 9, random erasing 0.5, ' +
        'evaluation on the centre 32² of images squashed to 40², with its mirror image',
    );
    const resized = of({ crop: 'random-resized', cropSize: 8, scale: [0.2, 1], evaluationResize: 9 });
    expect(describeTransforms(resized)).toBe(
      'random-resized crop 8² of 0.2–1 of the area, flip 0.5, evaluation on the centre 8², short side 9',
    );
    expect(describeTransforms(of({ crop: 'none', flip: 0 }))).toBe(
      'no crop, flip 0, evaluation on the whole',
    );
  });
});
