/**
 * From an image of any size to the class of each of its pixels: the whole image in one pass or in windows, at one or
 * several scales, as it is or also mirrored. Logits of several views are resized to the original size and averaged;
 * then the largest wins.
 */
import { nextSize, prepareImage, type EvaluationOptions, type RgbImage } from '@plumbline/data';
import { resizeBilinear } from '@plumbline/ops';
import { tf } from '@plumbline/runtime';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Config } from './config.ts';
import { padTo, slideLogits } from './sliding-window.ts';

export interface InferenceOptions {
  /** How the image is prepared at scale 1; its `padTo` is for whole images. */
  prepare: EvaluationOptions;
  /** Windows in place of the whole image; null: the whole image. */
  slide: { window: number; stride: number } | null;
  /** Factors of the prepared size. */
  scales: readonly number[];
  /** Whether each scale is also seen mirrored. */
  flip: boolean;
}

/** How images are prepared for this configuration's network. */
export const evaluationOptions = ({ data, evaluate, model }: Config): EvaluationOptions => ({
  baseSize: data.baseSize,
  mean: data.mean,
  std: data.std,
  padTo: evaluate.size,
  stride: model.outputStride,
});

/** The side of the windows and their stride; null for whole images. */
export function slideOf({ evaluate }: Config): InferenceOptions['slide'] {
  const window = evaluate.window ?? evaluate.size;
  if (evaluate.mode === 'whole' || window === null) return null;
  return { window, stride: evaluate.windowStride ?? Math.max(1, Math.round((2 * window) / 3)) };
}

/** What the configuration says about inference. */
export const inferenceOptions = (config: Config): InferenceOptions => ({
  prepare: evaluationOptions(config),
  slide: slideOf(config),
  scales: config.evaluate.scales,
  flip: config.evaluate.flip,
});

/**
 * How a picture from anywhere is segmented: as in evaluation, so that both give the same classes, but one that is
 * larger than the evaluation's square keeps its size.
 */
export function predictionOptions(config: Config, { width, height }: RgbImage): InferenceOptions {
  const options = inferenceOptions(config);
  const { size } = config.evaluate;
  const isLarger = config.data.baseSize === null && size !== null && Math.max(width, height) > size;
  return isLarger ? { ...options, prepare: { ...options.prepare, padTo: null } } : options;
}

/** How an image is prepared at another scale: it and the square it is padded to grow or shrink alike. */
function atScale(image: RgbImage, { prepare, slide }: InferenceOptions, scale: number): EvaluationOptions {
  const { baseSize = null, padTo: square = null, stride = 16 } = prepare;
  const whole = { ...prepare, padTo: slide === null ? square : null };
  if (scale === 1) return whole;
  const longSide = baseSize ?? Math.max(image.width, image.height);
  return {
    ...whole,
    baseSize: Math.max(1, Math.round(scale * longSide)),
    padTo: whole.padTo === null ? null : nextSize(Math.ceil(scale * whole.padTo), stride),
  };
}

/** The network's logits, [1, H, W, classes], of an input [1, H, W, 3]. */
export function networkLogits(model: tfl.LayersModel, input: tf.Tensor4D): tf.Tensor4D {
  const output = model.apply(input, { training: false }) as tf.Tensor | tf.Tensor[];
  const logits = (Array.isArray(output) ? output[0] : output) as tf.Tensor4D;
  const [, height, width] = input.shape;
  if (logits.rank !== 4 || logits.shape[1] !== height || logits.shape[2] !== width) {
    throw new Error(
      `The network answered an image [${input.shape.join(', ')}] with [${logits.shape.join(', ')}]: ` +
        `it must give logits of the image's size, [1, ${height}, ${width}, classes].`,
    );
  }
  return logits;
}

/**
 * Logits [1, height, width, classes] in the image's own size.
 *
 * @param name of the image, for errors.
 * @throws when a whole image is larger than the square it is to be padded to.
 */
export function imageLogits(
  model: tfl.LayersModel,
  image: RgbImage,
  options: InferenceOptions,
  name?: string,
): tf.Tensor4D {
  const { slide, scales, flip } = options;
  const forward = (input: tf.Tensor4D): tf.Tensor4D => networkLogits(model, input);
  const views = scales.flatMap((scale) =>
    (flip ? [false, true] : [false]).map((isMirrored) => ({ scale, isMirrored })),
  );
  return tf.tidy(() => {
    let sum: tf.Tensor4D | null = null;
    for (const { scale, isMirrored } of views) {
      const view = tf.tidy(() => {
        const input = prepareImage(image, atScale(image, options, scale), name);
        const [, height, width] = input.shape;
        const padded = tf.tensor4d(input.image, input.shape);
        const size: [number, number, number, number] = [1, input.contentHeight, input.contentWidth, -1];
        const upright = tf.slice(padded, [0, 0, 0, 0], size);
        // Only the picture is mirrored: the padding stays where the network knows it from.
        const content = isMirrored ? tf.reverse(upright, 2) : upright;
        const seen =
          slide === null
            ? // The logits of the padding are cut off before anything is resized: they must not be mixed in.
              tf.slice(forward(padTo(content, height, width)), [0, 0, 0, 0], size)
            : slideLogits(forward, content, slide);
        const logits = isMirrored ? tf.reverse(seen, 2) : seen;
        return resizeBilinear(logits, [image.height, image.width]);
      });
      const former: tf.Tensor4D | null = sum;
      sum = former === null ? view : tf.add<tf.Tensor4D>(former, view);
      if (former !== null) tf.dispose([former, view]);
    }
    const total = sum as unknown as tf.Tensor4D;
    return views.length === 1 ? total : tf.div(total, views.length);
  });
}

/** The class of every pixel of the image, row by row. */
export const segmentImage = (
  model: tfl.LayersModel,
  image: RgbImage,
  options: InferenceOptions,
  name?: string,
): Uint8Array =>
  tf.tidy(() => Uint8Array.from(tf.argMax(imageLogits(model, image, options, name), -1).dataSync()));

const percentOf = (part: number, whole: number): string => `${Math.round((100 * part) / whole)} %`;

/** `whole image, single scale, no flip`; `windows of 257² at stride 171 (33 % overlap), scales 0.5, 1, with flip, logits averaged`. */
export function describeInference({ slide, scales, flip }: Omit<InferenceOptions, 'prepare'>): string {
  const isOneView = scales.length === 1 && !flip;
  const isPlain = scales.length === 1 && scales[0] === 1;
  return [
    slide === null
      ? 'whole image'
      : `windows of ${slide.window}² at stride ${slide.stride} (${percentOf(slide.window - slide.stride, slide.window)} overlap)`,
    isPlain ? 'single scale' : `${scales.length === 1 ? 'scale' : 'scales'} ${scales.join(', ')}`,
    flip ? 'with flip' : 'no flip',
    ...(isOneView ? [] : ['logits averaged']),
  ].join(', ');
}
