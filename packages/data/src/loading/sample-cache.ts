// The examples of a segmentation set in shared memory: picture and mask, 4 bytes a pixel.
import type { IndexMask } from '../images/index-mask.ts';
import type { RgbImage } from '../images/rgb-image.ts';
import { PixelCache, type CacheMemory } from './pixel-cache.ts';

type Decoded = { image: RgbImage; mask: IndexMask };

export class SampleCache {
  readonly #pixels: PixelCache;

  constructor(memory: CacheMemory) {
    this.#pixels = new PixelCache(memory, 4);
  }

  /** The example's pixels, to be read only; null if they are not here. */
  get(sample: number): Decoded | null {
    const cached = this.#pixels.get(sample);
    if (cached === null) return null;
    const { width, height, data } = cached;
    const pixels = width * height;
    return {
      image: { width, height, data: data.subarray(0, 3 * pixels) },
      mask: { width, height, data: data.subarray(3 * pixels) },
    };
  }

  /** Keeps a copy if there is room, and no other thread does so already. */
  put(sample: number, { image, mask }: Decoded): void {
    this.#pixels.put(sample, image, image.data, mask.data);
  }
}
