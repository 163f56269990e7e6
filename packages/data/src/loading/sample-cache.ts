// Decoded examples in memory that all decoding threads share: whichever thread decodes an example first leaves it there
// for all. Nothing is ever thrown out, as every example is wanted once an epoch: throwing out the oldest would drop
// each just before it is wanted again. What is found is what would be decoded, so batches do not depend on it.
import type { IndexMask } from '../images/index-mask.ts';
import type { RgbImage } from '../images/rgb-image.ts';

/** The memory of a cache, to be handed to threads. */
export interface CacheMemory {
  /** int32 [samples, 5]: state, slab, offset, width, height. */
  readonly index: SharedArrayBuffer;
  /** int32 [slabs]: bytes taken of each. */
  readonly taken: SharedArrayBuffer;
  readonly slabs: readonly SharedArrayBuffer[];
}

const FIELDS = 5;
const EMPTY = 0;
const BEING_WRITTEN = 1;
const READY = 2;
const MEGABYTE = 2 ** 20;
const SLAB_MEGABYTES = 256;

/**
 * Memory for decoded examples, 4 bytes a pixel. The system gives it out page by page, as it fills.
 *
 * @throws Error when there is not that much.
 */
export function allocateCache(samples: number, megabytes: number): CacheMemory {
  const slabs: SharedArrayBuffer[] = [];
  try {
    for (let left = megabytes; left > 0; left -= SLAB_MEGABYTES) {
      slabs.push(new SharedArrayBuffer(Math.min(left, SLAB_MEGABYTES) * MEGABYTE));
    }
  } catch (error) {
    throw new Error(
      `A cache of ${megabytes} MB does not fit into memory (${slabs.length * SLAB_MEGABYTES} MB did): lower cacheMegabytes.`,
      { cause: error },
    );
  }
  return {
    index: new SharedArrayBuffer(4 * FIELDS * samples),
    taken: new SharedArrayBuffer(4 * slabs.length),
    slabs,
  };
}

type Decoded = { image: RgbImage; mask: IndexMask };

export class SampleCache {
  readonly #index: Int32Array;
  readonly #taken: Int32Array;
  readonly #slabs: readonly SharedArrayBuffer[];

  constructor({ index, taken, slabs }: CacheMemory) {
    this.#index = new Int32Array(index);
    this.#taken = new Int32Array(taken);
    this.#slabs = slabs;
  }

  /** The example's pixels, to be read only; null if they are not here. */
  get(sample: number): Decoded | null {
    const entry = FIELDS * sample;
    if (Atomics.load(this.#index, entry) !== READY) return null;
    const [slab, offset, width, height] = this.#index.subarray(entry + 1, entry + FIELDS) as unknown as [
      number,
      number,
      number,
      number,
    ];
    const buffer = this.#slabs[slab] as SharedArrayBuffer;
    const pixels = width * height;
    return {
      image: { width, height, data: new Uint8Array(buffer, offset, 3 * pixels) },
      mask: { width, height, data: new Uint8Array(buffer, offset + 3 * pixels, pixels) },
    };
  }

  /** Keeps a copy if there is room, and no other thread does so already. */
  put(sample: number, { image, mask }: Decoded): void {
    const entry = FIELDS * sample;
    if (Atomics.compareExchange(this.#index, entry, EMPTY, BEING_WRITTEN) !== EMPTY) return;
    const place = this.#reserve(image.data.length + mask.data.length);
    // Without room it stays "being written": nobody need look for room again.
    if (place === null) return;
    const bytes = new Uint8Array(this.#slabs[place.slab] as SharedArrayBuffer);
    bytes.set(image.data, place.offset);
    bytes.set(mask.data, place.offset + image.data.length);
    this.#index.set([place.slab, place.offset, image.width, image.height], entry + 1);
    Atomics.store(this.#index, entry, READY);
  }

  #reserve(bytes: number): { slab: number; offset: number } | null {
    for (const [slab, buffer] of this.#slabs.entries()) {
      for (;;) {
        const offset = Atomics.load(this.#taken, slab);
        if (offset + bytes > buffer.byteLength) break;
        if (Atomics.compareExchange(this.#taken, slab, offset, offset + bytes) === offset)
          return { slab, offset };
      }
    }
    return null;
  }
}
