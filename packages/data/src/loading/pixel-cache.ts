// Decoded pixels in memory that all decoding threads share: whichever thread decodes an example first leaves it there
// for all. Nothing is ever thrown out, as every example is wanted once an epoch: throwing out the oldest would drop
// each just before it is wanted again. What is found is what would be decoded, so batches do not depend on it.

/** The memory of a cache, to be handed to threads. */
export interface CacheMemory {
  /** int32 [entries, 5]: state, slab, offset, width, height. */
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
 * Memory for decoded examples. The system gives it out page by page, as it fills.
 *
 * @throws Error when there is not that much.
 */
export function allocateCache(entries: number, megabytes: number): CacheMemory {
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
    index: new SharedArrayBuffer(4 * FIELDS * entries),
    taken: new SharedArrayBuffer(4 * slabs.length),
    slabs,
  };
}

/** uint8 planes or channels of one size, one after the other: `bytesPerPixel` times width times height. */
export interface CachedPixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export class PixelCache {
  readonly #index: Int32Array;
  readonly #taken: Int32Array;
  readonly #slabs: readonly SharedArrayBuffer[];
  readonly #bytesPerPixel: number;

  constructor({ index, taken, slabs }: CacheMemory, bytesPerPixel: number) {
    this.#index = new Int32Array(index);
    this.#taken = new Int32Array(taken);
    this.#slabs = slabs;
    this.#bytesPerPixel = bytesPerPixel;
  }

  /** The entry's pixels, to be read only; null if they are not here. */
  get(place: number): CachedPixels | null {
    const entry = FIELDS * place;
    if (Atomics.load(this.#index, entry) !== READY) return null;
    const [slab, offset, width, height] = this.#index.subarray(entry + 1, entry + FIELDS) as unknown as [
      number,
      number,
      number,
      number,
    ];
    const buffer = this.#slabs[slab] as SharedArrayBuffer;
    return { width, height, data: new Uint8Array(buffer, offset, this.#bytesPerPixel * width * height) };
  }

  /** Keeps a copy of the parts, end to end, if there is room and no other thread does so already. */
  put(place: number, { width, height }: Omit<CachedPixels, 'data'>, ...parts: readonly Uint8Array[]): void {
    const entry = FIELDS * place;
    if (Atomics.compareExchange(this.#index, entry, EMPTY, BEING_WRITTEN) !== EMPTY) return;
    const room = this.#reserve(this.#bytesPerPixel * width * height);
    // Without room it stays "being written": nobody need look for room again.
    if (room === null) return;
    const bytes = new Uint8Array(this.#slabs[room.slab] as SharedArrayBuffer);
    let offset = room.offset;
    for (const part of parts) {
      bytes.set(part, offset);
      offset += part.length;
    }
    this.#index.set([room.slab, room.offset, width, height], entry + 1);
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
