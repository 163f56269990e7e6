/** How images become what the network sees, in training and in evaluation. */
import type { ImageTransform } from '@plumbline/data';
import type { Config } from '../config/config.ts';

/** Usual range of width / height of a random-resized crop. */
const RATIO = [3 / 4, 4 / 3] as const;
/** As published (Zhong et al. 2017, arXiv:1708.04896): share of the area, and aspect ratio. */
const ERASED = { scale: [0.02, 0.4], ratio: [0.3, 1 / 0.3], fill: 'noise' } as const;

export function trainingTransform({ images }: Config, channels: 1 | 3): ImageTransform {
  const { resize, crop, cropSize: size, padding, scale, flip, randAugment, erase, mean, std } = images;
  const crops: Record<typeof crop, ImageTransform['crop']> = {
    'random-resized': { kind: 'random-resized', size, scale, ratio: RATIO },
    random: { kind: 'random', size, padding },
    none: null,
  };
  return {
    resize: resize === null ? null : { kind: 'squash', size: resize },
    crop: crops[crop],
    flip,
    normalization: { mean, std },
    channels,
    randAugment,
    erase: erase === 0 ? null : { probability: erase, ...ERASED },
  };
}

/** The centre of each image, or the whole where training sees the whole. */
export function evaluationTransform({ images }: Config, channels: 1 | 3): ImageTransform {
  const { resize, evaluationResize, crop, cropSize: size, mean, std } = images;
  const squashed = resize === null ? null : ({ kind: 'squash', size: resize } as const);
  return {
    resize: evaluationResize === null ? squashed : { kind: 'short-side', size: evaluationResize },
    crop: crop === 'none' ? null : { kind: 'centre', size },
    flip: 0,
    normalization: { mean, std },
    channels,
  };
}

/** What an evaluation sees of the images, for protocols. */
export function describeEvaluation({ images, evaluate }: Config): string {
  const { resize, crop, cropSize, evaluationResize } = images;
  const part = crop === 'none' ? 'the whole' : `the centre ${cropSize}²`;
  const squashed = resize === null ? '' : ` of images squashed to ${resize}²`;
  const size = evaluationResize === null ? squashed : `, short side ${evaluationResize}`;
  return `evaluation on ${part}${size}${evaluate.flip ? ', with its mirror image' : ''}`;
}

/** What happened to the images, for protocols. */
export function describeTransforms(config: Config): string {
  const { resize, crop, cropSize, padding, scale, flip, randAugment, erase } = config.images;
  const crops: Record<typeof crop, string> = {
    'random-resized': `random-resized crop ${cropSize}² of ${scale.join('–')} of the area`,
    random: `random crop ${cropSize}²${padding > 0 ? ` after padding by ${padding}` : ''}`,
    none: 'no crop',
  };
  return [
    ...(resize === null ? [] : [`images squashed to ${resize}²`]),
    crops[crop],
    `flip ${flip}`,
    ...(randAugment === null ? [] : [`RandAugment ${randAugment.operations}, ${randAugment.magnitude}`]),
    ...(erase === 0 ? [] : [`random erasing ${erase}`]),
    describeEvaluation(config),
  ].join(', ');
}
