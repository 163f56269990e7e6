// Sets of whole images, for classification. What has labels is a `LabelledImages`; what training may know of a target is
// an `ImageSet`.

/** Where the pixels of a set lie: in files that are decoded when they are wanted, or in memory as uint8 [n, H, W, C]. */
export type ImagePixels =
  | { readonly kind: 'files'; readonly paths: readonly string[] }
  | {
      readonly kind: 'memory';
      readonly data: Uint8Array;
      readonly height: number;
      readonly width: number;
      readonly channels: 1 | 3;
    };

/** Images without labels. */
export interface ImageSet {
  /** For people, such as "Office-31 amazon". */
  readonly name: string;
  /** One per image, all different. */
  readonly ids: readonly string[];
  readonly pixels: ImagePixels;
}

/** Images with their classes. */
export interface LabelledImages extends ImageSet {
  /** Class names by index. */
  readonly classes: readonly string[];
  /** int32 [n], class indices, in the order of `ids`. */
  readonly labels: Int32Array;
}

/**
 * The images at these places, in this order; with their labels if the set has any.
 *
 * @throws Error when there is no such place.
 */
export function subset<Set extends ImageSet>(set: Set, indices: ArrayLike<number>): Set {
  const places = Array.from(indices);
  const wrong = places.find((index) => !Number.isInteger(index) || index < 0 || index >= set.ids.length);
  if (wrong !== undefined) {
    throw new Error(`Image ${wrong} was asked of ${set.name}, which has the images 0…${set.ids.length - 1}.`);
  }
  const ids = places.map((index) => set.ids[index] as string);
  const part: Set = { ...set, ids, pixels: pixelsAt(set.pixels, places) };
  return isLabelled(set)
    ? { ...part, labels: Int32Array.from(places, (index) => set.labels[index] as number) }
    : part;
}

/** The first `count` images, or all if there are fewer. Of a set that is sorted by class this takes the first classes. */
export const takeFirst = <Set extends ImageSet>(set: Set, count: number): Set =>
  subset(set, spreadPlaces(Math.min(count, set.ids.length), Math.min(count, set.ids.length)));

/** `count` images evenly spread over the set, or all if there are fewer: of a set sorted by class, some of every class. */
export const takeSpread = <Set extends ImageSet>(set: Set, count: number): Set =>
  subset(set, spreadPlaces(set.ids.length, count));

/** int32 [min(limit, count)]: places spread evenly over 0 … count − 1, in order. */
export function spreadPlaces(count: number, limit: number): Int32Array {
  const taken = Math.min(count, limit);
  return Int32Array.from({ length: taken }, (_, i) => Math.floor((i * count) / taken));
}

const isLabelled = (set: ImageSet): set is LabelledImages => 'labels' in set;

function pixelsAt(pixels: ImagePixels, places: readonly number[]): ImagePixels {
  if (pixels.kind === 'files') {
    return { kind: 'files', paths: places.map((index) => pixels.paths[index] as string) };
  }
  const size = pixels.height * pixels.width * pixels.channels;
  const data = new Uint8Array(places.length * size);
  places.forEach((index, i) => data.set(pixels.data.subarray(index * size, (index + 1) * size), i * size));
  return { ...pixels, data };
}
