// The unit of work of the image loader: one whole batch, described by plain data, so that it can be done in any thread
// with the same result. Images in memory never go to a thread: copying them there would cost more than it saves.
import { DataError } from '../data-error.ts';
import type { ImagePixels } from '../datasets/image-set.ts';
import { withChannels, type Picture } from '../images/picture.ts';
import { resampleWindow } from '../images/resample.ts';
import { readRgb } from '../images/rgb-image.ts';
import { applyRandAugment, drawRandAugment } from '../images/rand-augment.ts';
import { drawImagePlan, writeImagePlan, type ImagePlan } from './image-crop.ts';
import type { ImageTransform } from './image-transform.ts';
import { PixelCache, type CacheMemory } from './pixel-cache.ts';
import { drawErasing, eraseBox } from './random-erasing.ts';
import { randomAt } from './random.ts';

/** What a batch is made of, beside its pixels. */
export interface ImagePlaces {
  readonly seed: number;
  readonly epoch: number;
  /** Places in the set: (seed, epoch, place) addresses the transform's draw, a fourth number those that came later. */
  readonly places: readonly number[];
  readonly transform: ImageTransform;
}

export interface ImageTask extends ImagePlaces {
  /** The files, in the order of `places`. */
  readonly paths: readonly string[];
}

/** The pixels of a batch of N images. */
export interface ImageArrays {
  /** [N, H, W, C], normalized. */
  images: Float32Array<ArrayBuffer>;
  height: number;
  width: number;
}

/**
 * Decodes and transforms one batch. What the cache holds, decoded and resized, is not decoded again; what it does not is
 * offered to it.
 *
 * @throws DataError for the first image, in batch order, that cannot be read or is too small.
 */
export async function makeFileImages(
  task: ImageTask,
  memory: CacheMemory | null = null,
): Promise<ImageArrays> {
  const { places, paths, transform } = task;
  const cache = memory === null ? null : new PixelCache(memory, transform.channels);
  // Settled, not raced: which of two bad images is reported must not depend on timing.
  const results = await Promise.allSettled(
    paths.map((path, slot) => readPicture(path, places[slot] as number, transform, cache)),
  );
  const pictures = results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
  return batchOf(task, pictures, (slot) => `Image ${paths[slot]}`);
}

/**
 * Transforms one batch of images in memory, in this thread.
 *
 * @throws DataError when the images are too small.
 */
export function makeMemoryImages(
  task: ImagePlaces,
  { data, height, width, channels }: Extract<ImagePixels, { kind: 'memory' }>,
): ImageArrays {
  const size = height * width * channels;
  const pictures = task.places.map((place): Picture => {
    const stored = { width, height, channels, data: data.subarray(place * size, (place + 1) * size) };
    return resized(withChannels(stored, task.transform.channels), task.transform);
  });
  return batchOf(task, pictures, (slot) => `Image ${task.places[slot]}`);
}

async function readPicture(
  path: string,
  place: number,
  transform: ImageTransform,
  cache: PixelCache | null,
): Promise<Picture> {
  const { channels } = transform;
  const cached = cache?.get(place) ?? null;
  if (cached !== null) return { ...cached, channels };
  // Nothing is drawn over these pixels, unlike masks over a photograph's, so they may be turned as they were seen.
  const read = await readRgb(path, { turnUpright: true });
  const picture = resized(withChannels({ ...read, channels: 3 }, channels), transform);
  cache?.put(place, picture, picture.data);
  return picture;
}

function resized(picture: Picture, { resize }: ImageTransform): Picture {
  if (resize === null) return picture;
  const { size } = resize;
  const short = Math.min(picture.width, picture.height);
  const side = (length: number): number =>
    resize.kind === 'squash' ? size : Math.floor((size * length) / short);
  const [width, height] = [side(picture.width), side(picture.height)];
  if (width === picture.width && height === picture.height) return picture;
  const window = { scaledWidth: width, scaledHeight: height, left: 0, top: 0, width, height };
  const pixels = resampleWindow(picture, window, { filter: 'cubic', channels: picture.channels });
  // Clamped, since the cubic kernel overshoots at edges: bytes would wrap around.
  return { ...picture, width, height, data: new Uint8Array(Uint8ClampedArray.from(pixels).buffer) };
}

/** The last number in the address of draws of their own, which change no crop. */
const DRAWS = { randAugment: 1, erase: 2 } as const;

function batchOf(
  task: ImagePlaces,
  resizedPictures: readonly Picture[],
  nameOf: (slot: number) => string,
): ImageArrays {
  const { seed, epoch, places, transform } = task;
  const pictures = resizedPictures.map((picture, slot) => augmented(picture, task, places[slot] as number));
  const plans = pictures.map((picture, slot): ImagePlan => {
    const plan = drawImagePlan(picture, transform, randomAt(seed, epoch, places[slot] as number));
    if (plan !== null) return plan;
    const before = transform.resize === null ? '' : ' after resizing';
    const { crop } = transform;
    const padding = crop?.kind === 'random' && crop.padding ? ` with ${crop.padding} more on every side` : '';
    throw new DataError(
      `${nameOf(slot)} is ${picture.width}×${picture.height} pixels${before}${padding}, smaller than a crop of ` +
        `${crop?.size}: lower transform.crop.size, or resize pictures with transform.resize.`,
    );
  });
  const [first] = plans;
  const [height, width] = [first?.outputHeight ?? 0, first?.outputWidth ?? 0];
  const size = height * width * transform.channels;
  const images = new Float32Array(pictures.length * size);
  plans.forEach((plan, slot) => {
    if (plan.outputWidth !== width || plan.outputHeight !== height) {
      throw new DataError(
        `${nameOf(slot)} is ${plan.outputWidth}×${plan.outputHeight} pixels, but ${nameOf(0)} in the same batch is ` +
          `${width}×${height}: set transform.resize to squash, or a transform.crop.`,
      );
    }
    writeImagePlan(pictures[slot] as Picture, plan, transform.normalization, images, slot * size);
    erased(images.subarray(slot * size, (slot + 1) * size), plan, task, places[slot] as number);
  });
  return { images, height, width };
}

function augmented(picture: Picture, { seed, epoch, transform }: ImagePlaces, place: number): Picture {
  const { randAugment = null } = transform;
  if (randAugment === null) return picture;
  return applyRandAugment(
    picture,
    drawRandAugment(randAugment, randomAt(seed, epoch, place, DRAWS.randAugment)),
  );
}

function erased(
  image: Float32Array,
  { outputHeight: height, outputWidth: width }: ImagePlan,
  { seed, epoch, transform }: ImagePlaces,
  place: number,
): void {
  const { erase = null, channels } = transform;
  if (erase === null) return;
  const random = randomAt(seed, epoch, place, DRAWS.erase);
  const box = drawErasing({ height, width }, erase, random);
  if (box !== null) eraseBox(image, { width, channels }, box, erase.fill, random);
}
