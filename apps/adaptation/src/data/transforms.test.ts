import { expect, it } from 'vitest';
import type { ConfigInput } from '../config/config.ts';
import { tinyConfig } from '../testing/tiny-task.ts';
import { describeTransforms, evaluationTransform, trainingTransform } from './transforms.ts';

const of = (images: ConfigInput['images']) => tinyConfig('', { images });

it('evaluation sees the centre of what training crops by chance, and nothing mirrored', () => {
  const config = of({ resize: 40, crop: 'random-resized', scale: [0.5, 1], cropSize: 28, flip: 0.5 });
  const common = { resize: { kind: 'squash', size: 40 }, channels: 3 };
  expect(trainingTransform(config, 3)).toMatchObject({
    ...common,
    crop: { kind: 'random-resized', size: 28, scale: [0.5, 1], ratio: [3 / 4, 4 / 3] },
    flip: 0.5,
  });
  expect(evaluationTransform(config, 3)).toMatchObject({
    ...common,
    crop: { kind: 'centre', size: 28 },
    flip: 0,
  });
  expect(describeTransforms(config)).toBe(
    'images squashed to 40², random-resized crop 28² of 0.5–1 of the area, flip 0.5; evaluation on the centre 28²',
  );
});

it('without a crop both see the whole, normalized alike', () => {
  const config = of({ resize: 28, crop: 'none', flip: 0, mean: [0.1, 0.2, 0.3], std: [1, 2, 3] });
  expect(trainingTransform(config, 1)).toEqual(evaluationTransform(config, 1));
  expect(evaluationTransform(config, 1)).toEqual({
    resize: { kind: 'squash', size: 28 },
    normalization: { mean: [0.1, 0.2, 0.3], std: [1, 2, 3] },
    channels: 1,
    crop: null,
    flip: 0,
  });
  expect(describeTransforms(config)).toBe('images squashed to 28², no crop, flip 0; evaluation on the whole');
});
