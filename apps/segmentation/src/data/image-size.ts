/** Which images a network can be run on: what does not fit is refused before memory runs out. */
import { nextSize, type EvaluationOptions, type RgbImage } from '@plumbline/data';
import type { Config } from '../config/config.ts';

/**
 * Pixels of a whole image in one pass at its own size, and of a map of logits kept at once. ResNet-50 at output stride 16
 * takes 0.5 GB of memory a megapixel; the logits of 21 classes take 0.084 GB a megapixel.
 */
const MOST_PIXELS = { whole: 2 ** 23, slide: 2 ** 24 };

/**
 * @param options how the image is prepared for the network.
 * @param name of the image.
 * @throws with one sentence, that names the options to change, when the image is larger than the square it is to be padded
 *   to, or has more pixels than fit into memory.
 */
export function refuseTooLarge(
  { width, height }: Pick<RgbImage, 'width' | 'height'>,
  { baseSize = null, padTo = null, stride = 16 }: EvaluationOptions,
  mode: Config['evaluate']['mode'],
  name = 'The picture',
): void {
  const longSide = Math.max(width, height);
  const factor = baseSize === null ? 1 : baseSize / longSide;
  const size = `${name} is ${width}×${height}${factor === 1 ? '' : `, ${Math.round(factor * width)}×${Math.round(factor * height)} when resized`}`;
  if (padTo !== null) {
    if (Math.round(factor * longSide) <= padTo) return;
    throw new Error(
      `${size}, larger than the ${padTo}×${padTo} of evaluate.size: segment it in windows (evaluate.mode=slide, ` +
        `--mode slide), or resize it first (data.baseSize=${padTo}, --base-size ${padTo}).`,
    );
  }
  const pixels =
    mode === 'whole'
      ? nextSize(Math.round(factor * width), stride) * nextSize(Math.round(factor * height), stride)
      : factor * width * factor * height;
  const most = MOST_PIXELS[mode];
  if (pixels <= most) return;
  const megapixels = (count: number): string => (count / 1e6).toFixed(1);
  throw new Error(
    mode === 'whole'
      ? `${size}, ${megapixels(pixels)} megapixels in one pass and more than ${megapixels(most)}: segment it in windows ` +
          `(evaluate.mode=slide, --mode slide), resize it first (data.baseSize, --base-size), or set evaluate.size.`
      : `${size}, ${megapixels(pixels)} megapixels of logits and more than ${megapixels(most)}: resize it first ` +
          `(data.baseSize, --base-size), or leave out other scales and --flip.`,
  );
}
