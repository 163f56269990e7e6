// The part of a picture that a network sees (image-transform.ts): one draw, and its pixels.
import { writeNormalized, writeNormalizedGrey } from '../images/normalization.ts';
import type { Picture } from '../images/picture.ts';
import { resampleWindow } from '../images/resample.ts';
import type { ImageTransform } from './image-transform.ts';
import type { Random } from './random.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** A box, in pixels of the picture, and what becomes of it; what lies beyond the picture is black. */
export interface ImagePlan extends Size {
  readonly left: number;
  readonly top: number;
  /** The size that the box is brought to. */
  readonly outputWidth: number;
  readonly outputHeight: number;
  readonly flip: boolean;
}

const BOX_TRIES = 10;

/** Draws for a picture of the given size; null when the crop is larger than the picture with its padding. */
export function drawImagePlan(
  { width, height }: Size,
  { crop, flip }: Pick<ImageTransform, 'crop' | 'flip'>,
  random: Random,
): ImagePlan | null {
  const isFlipped = (): boolean => random.uniform(0, 1) < flip;
  if (crop === null) {
    return { left: 0, top: 0, width, height, outputWidth: width, outputHeight: height, flip: isFlipped() };
  }
  const { size } = crop;
  const output = { outputWidth: size, outputHeight: size };
  if (crop.kind === 'random-resized') {
    return { ...drawBox({ width, height }, crop, random), ...output, flip: isFlipped() };
  }
  const padding = crop.kind === 'random' ? (crop.padding ?? 0) : 0;
  if (size > width + 2 * padding || size > height + 2 * padding) return null;
  const place = (room: number): number =>
    crop.kind === 'centre' ? Math.floor(room / 2) : random.integer(0, room + 2 * padding) - padding;
  const [left, top] = [place(width - size), place(height - size)];
  return { left, top, width: size, height: size, ...output, flip: isFlipped() };
}

/** As torchvision draws it: ten tries for a box inside the picture, then the largest one in the middle with a legal ratio. */
function drawBox(
  { width, height }: Size,
  { scale, ratio }: { scale: readonly [number, number]; ratio: readonly [number, number] },
  random: Random,
): Size & { left: number; top: number } {
  for (let tries = 0; tries < BOX_TRIES; tries++) {
    const area = width * height * random.uniform(...scale);
    const aspect = Math.exp(random.uniform(Math.log(ratio[0]), Math.log(ratio[1])));
    const box = { width: Math.round(Math.sqrt(area * aspect)), height: Math.round(Math.sqrt(area / aspect)) };
    if (box.width < 1 || box.height < 1 || box.width > width || box.height > height) continue;
    return {
      ...box,
      left: random.integer(0, width - box.width),
      top: random.integer(0, height - box.height),
    };
  }
  const aspect = Math.min(ratio[1], Math.max(ratio[0], width / height));
  const box = {
    width: Math.min(width, Math.max(1, Math.round(height * aspect))),
    height: Math.min(height, Math.max(1, Math.round(width / aspect))),
  };
  return {
    ...box,
    left: Math.floor((width - box.width) / 2),
    top: Math.floor((height - box.height) / 2),
  };
}

/** Writes the planned part, normalized, into `target`, float32 [outputHeight, outputWidth, channels] from `offset` on. */
export function writeImagePlan(
  picture: Picture,
  plan: ImagePlan,
  normalization: ImageTransform['normalization'],
  target: Float32Array,
  offset: number,
): void {
  const { outputWidth: width, outputHeight: height, flip } = plan;
  const window = { scaledWidth: width, scaledHeight: height, left: 0, top: 0, width, height };
  const box = cut(picture, plan);
  const isSize = box.width === width && box.height === height;
  const pixels = isSize ? Float32Array.from(box.data) : resampleWindow(box, window, box);
  const write = picture.channels === 1 ? writeNormalizedGrey : writeNormalized;
  write(pixels, width, normalization, target, { offset, rowWidth: width, flip });
}

function cut(picture: Picture, { left, top, width, height }: ImagePlan): Picture {
  if (left === 0 && top === 0 && width === picture.width && height === picture.height) return picture;
  const { channels } = picture;
  const data = new Uint8Array(width * height * channels);
  const [firstColumn, endColumn] = [Math.max(0, left), Math.min(picture.width, left + width)];
  const [firstRow, endRow] = [Math.max(0, top), Math.min(picture.height, top + height)];
  for (let row = firstRow; row < endRow && firstColumn < endColumn; row++) {
    const from = row * picture.width;
    const columns = picture.data.subarray(channels * (from + firstColumn), channels * (from + endColumn));
    data.set(columns, channels * ((row - top) * width + firstColumn - left));
  }
  return { width, height, channels, data };
}
