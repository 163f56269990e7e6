// Mixup (Zhang et al. 2017, arXiv 1710.09412): every image of a batch is blended with another one of it, as the authors'
// own program does it, with one share a batch and the partners a permutation of it:
//
//   x̃_i = λ·x_i + (1 − λ)·x_π(i),   λ ~ Beta(α, α),   loss = λ·CE(y_i) + (1 − λ)·CE(y_π(i))
//
// A batch of one image is its own partner: nothing is mixed.
import { checkSeed, wholeNumber } from './batch-stream.ts';
import { beta } from './distributions.ts';
import { permutation, randomAt } from './random.ts';

export interface MixupOptions {
  readonly seed: number;
  /** Of training: a mixture is a pure function of (seed, step). */
  readonly step: number;
  /** Images in the batch. */
  readonly count: number;
  /** Above 0; 0.2 on ImageNet and 1 on CIFAR in the paper. */
  readonly alpha: number;
}

export interface Mixup {
  /** int32 [N], places in the batch. */
  readonly partners: Int32Array;
  /** λ, the share of the image itself, 0…1. */
  readonly share: number;
}

/** In the place of an image's in the addresses of random numbers, where no image has it. */
const MIXUP = -1;

/** @throws Error when an option is impossible; the message names it. */
export function drawMixup({ seed, step, count, alpha }: MixupOptions): Mixup {
  checkSeed(seed);
  wholeNumber('step', step, 0);
  wholeNumber('count', count, 1);
  if (!(alpha > 0 && alpha < Infinity)) {
    throw new Error(
      `mixup.alpha is ${alpha}, but a positive number is wanted: leave mixup out for images as they are.`,
    );
  }
  const random = randomAt(seed, step, MIXUP);
  return { share: beta(alpha, alpha, random), partners: permutation(count, random) };
}

/**
 * The blended images, a new array.
 *
 * @param images float32 [N, …]
 * @param shape of the images, N first
 * @throws Error when there are not as many partners as images.
 */
export function mixImages(
  images: Float32Array,
  shape: readonly number[],
  { partners, share }: Mixup,
): Float32Array<ArrayBuffer> {
  const [count = 0, ...rest] = shape;
  const size = rest.reduce((product, length) => product * length, 1);
  if (count !== partners.length || count * size !== images.length) {
    throw new Error(
      `A mixture of ${partners.length} images was drawn, but the batch has the shape [${shape.join(', ')}] and ` +
        `${images.length} values: draw it with the batch's count.`,
    );
  }
  const mixed = new Float32Array(images.length);
  partners.forEach((partner, place) => {
    const [own, other] = [place * size, partner * size];
    for (let i = 0; i < size; i++) {
      mixed[own + i] = share * (images[own + i] as number) + (1 - share) * (images[other + i] as number);
    }
  });
  return mixed;
}
