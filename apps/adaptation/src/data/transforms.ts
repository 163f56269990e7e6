/** How images become what the network sees, in training and in evaluation. */
import type { ImageTransform } from '@plumbline/data';
import type { Config } from '../config/config.ts';

/** tllib's range of width / height of a random-resized crop. */
const RATIO: [number, number] = [3 / 4, 4 / 3];

const common = (
  { mean, std, resize }: Config['images'],
  channels: 1 | 3,
): Pick<ImageTransform, 'resize' | 'normalization' | 'channels'> => ({
  resize: resize === null ? null : { kind: 'squash', size: resize },
  normalization: { mean, std },
  channels,
});

export function trainingTransform({ images }: Config, channels: 1 | 3): ImageTransform {
  const { crop, cropSize: size, scale, flip } = images;
  const crops: Record<typeof crop, ImageTransform['crop']> = {
    'random-resized': { kind: 'random-resized', size, scale, ratio: RATIO },
    random: { kind: 'random', size },
    none: null,
  };
  return { ...common(images, channels), crop: crops[crop], flip };
}

export function evaluationTransform({ images }: Config, channels: 1 | 3): ImageTransform {
  const { crop, cropSize: size } = images;
  return { ...common(images, channels), crop: crop === 'none' ? null : { kind: 'centre', size }, flip: 0 };
}

/** What happened to the images, for protocols. */
export function describeTransforms({ images }: Config): string {
  const { resize, crop, cropSize, scale, flip } = images;
  const size = resize === null ? 'images as they are' : `images squashed to ${resize}²`;
  const crops: Record<typeof crop, string> = {
    'random-resized': `random-resized crop ${cropSize}² of ${scale.join('–')} of the area`,
    random: `random crop ${cropSize}²`,
    none: 'no crop',
  };
  return `${size}, ${crops[crop]}, flip ${flip}; evaluation ${crop === 'none' ? 'on the whole' : `on the centre ${cropSize}²`}`;
}
