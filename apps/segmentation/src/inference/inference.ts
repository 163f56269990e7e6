/**
 * From an image of any size to the class of each of its pixels: the whole image in one pass or in windows, at one or
 * several scales, as it is or also mirrored. Logits of several views are resized to the original size and averaged;
 * then the largest wins.
 */
import { nextSize, prepareImage, type EvaluationOptions, type RgbImage } from '@plumbline/data';
import { resizeBilinear } from '@plumbline/ops';
import { tf } from '@plumbline/runtime';
import type * as tfl from '@tensorflow/tfjs-layers';
import { classMap, largest, type Doubt } from './class-map.ts';
import type { Config } from '../config/config.ts';
import { refuseTooLarge } from '../data/image-size.ts';
import { padTo, slideLogits, slideRows } from './sliding-window.ts';

export type ImageSize = Pick<RgbImage, 'width' | 'height'>;

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
 * larger than the evaluation's square keeps its size, as far as training's random scale enlarged pictures. Beyond that
 * the network has seen no such objects, and the picture is resized to the square's long side.
 */
export function predictionOptions(config: Config, { width, height }: ImageSize): InferenceOptions {
  const options = inferenceOptions(config);
  const { prepare, slide } = options;
  const { size } = config.evaluate;
  const longSide = Math.max(width, height);
  const side = size ?? config.augment.cropSize;
  if (config.data.baseSize !== null || longSide <= side) return options;
  const isBeyond = longSide > side * Math.max(1, config.augment.scale[1]);
  if (slide === null && isBeyond) return { ...options, prepare: { ...prepare, baseSize: side } };
  return { ...options, prepare: { ...prepare, padTo: null } };
}

/** How an image is prepared at another scale: it and the square it is padded to grow or shrink alike. */
function atScale(image: ImageSize, { prepare, slide }: InferenceOptions, scale: number): EvaluationOptions {
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

/** One look at an image. */
interface View {
  scale: number;
  isMirrored: boolean;
}

const viewsOf = ({ scales, flip }: InferenceOptions): View[] =>
  scales.flatMap((scale) => (flip ? [false, true] : [false]).map((isMirrored) => ({ scale, isMirrored })));

/** Whether rows of the class map can be had one by one, whatever the image's size. */
const goesRowByRow = ({ slide, scales, flip, prepare }: InferenceOptions): boolean =>
  slide !== null && scales.every((scale) => scale === 1) && !flip && (prepare.baseSize ?? null) === null;

/**
 * @param name of the image, for errors.
 * @throws with one sentence when an image of this size is larger than the square it is to be padded to, or too large for
 *   memory.
 */
export function checkImageSize(image: ImageSize, options: InferenceOptions, name?: string): void {
  if (goesRowByRow(options)) return;
  const views = viewsOf(options);
  const mode = options.slide === null ? 'whole' : 'slide';
  for (const { scale } of views) refuseTooLarge(image, atScale(image, options, scale), mode, name);
  // The sum of their logits has the original size.
  if (views.length > 1) refuseTooLarge(image, {}, 'slide', name);
}

/** The image as a view shows it, [1, h, w, 3], and the size of the input that holds it. */
function viewInput(
  image: RgbImage,
  options: InferenceOptions,
  { scale, isMirrored }: View,
  name?: string,
): { content: tf.Tensor4D; height: number; width: number } {
  const prepare = atScale(image, options, scale);
  const input = prepareImage(image, prepare, name);
  const [, height, width] = input.shape;
  const content = tf.tidy(() => {
    const padded = tf.tensor4d(input.image, input.shape);
    const upright = tf.slice(padded, [0, 0, 0, 0], [1, input.contentHeight, input.contentWidth, -1]);
    // Only the picture is mirrored: the padding stays where the network knows it from.
    return isMirrored ? tf.reverse(upright, 2) : upright;
  });
  return { content, height, width };
}

/** Logits [1, h, w, classes] of a view, in the size in which the network sees the image. */
function viewLogits(
  model: tfl.LayersModel,
  image: RgbImage,
  options: InferenceOptions,
  view: View,
  name?: string,
): tf.Tensor4D {
  const forward = (input: tf.Tensor4D): tf.Tensor4D => networkLogits(model, input);
  return tf.tidy(() => {
    const { content, height, width } = viewInput(image, options, view, name);
    const seen =
      options.slide === null
        ? // The logits of the padding are cut off before anything is resized: they must not be mixed in.
          tf.slice(
            forward(padTo(content, height, width)),
            [0, 0, 0, 0],
            [1, content.shape[1], content.shape[2], -1],
          )
        : slideLogits(forward, content, options.slide);
    return view.isMirrored ? tf.reverse(seen, 2) : seen;
  });
}

/**
 * Logits [1, height, width, classes] in the image's own size.
 *
 * @param name of the image, for errors.
 * @throws when a whole image is larger than the square it is to be padded to, or too large for memory.
 */
export function imageLogits(
  model: tfl.LayersModel,
  image: RgbImage,
  options: InferenceOptions,
  name?: string,
): tf.Tensor4D {
  const views = viewsOf(options);
  checkImageSize(image, options, name);
  return tf.tidy(() => {
    let sum: tf.Tensor4D | null = null;
    for (const view of views) {
      const logits = tf.tidy(() =>
        resizeBilinear(viewLogits(model, image, options, view, name), [image.height, image.width]),
      );
      const former: tf.Tensor4D | null = sum;
      sum = former === null ? logits : tf.add<tf.Tensor4D>(former, logits);
      if (former !== null) tf.dispose([former, logits]);
    }
    const total = sum as unknown as tf.Tensor4D;
    return views.length === 1 ? total : tf.div(total, views.length);
  });
}

/**
 * The class of every pixel of the image, row by row; with `doubt` only where the network is sure of it. Of one view
 * the logits at the original size are never all in memory.
 *
 * @throws as `imageLogits`.
 */
export function segmentImage(
  model: tfl.LayersModel,
  image: RgbImage,
  options: InferenceOptions,
  name?: string,
  doubt: Doubt | null = null,
): Uint8Array {
  const { slide } = options;
  const [view, ...others] = viewsOf(options) as [View, ...View[]];
  const size = [image.height, image.width] as const;
  checkImageSize(image, options, name);
  return tf.tidy(() => {
    if (others.length > 0) return classMap(imageLogits(model, image, options, name), size, doubt);
    if (slide === null || !goesRowByRow(options)) {
      return classMap(viewLogits(model, image, options, view, name), size, doubt);
    }
    const labels = new Uint8Array(image.height * image.width);
    const { content } = viewInput(image, options, view, name);
    slideRows(
      (input) => networkLogits(model, input),
      content,
      slide,
      (rows, top) => {
        labels.set(largest(rows, doubt), top * image.width);
        rows.dispose();
      },
    );
    return labels;
  });
}

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
