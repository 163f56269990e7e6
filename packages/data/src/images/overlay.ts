import type { IndexMask } from './index-mask.ts';
import type { RgbImage } from './rgb-image.ts';
import { vocPalette } from '../datasets/voc-classes.ts';

export interface OverlayOptions {
  /** [256, 3] RGB by index. Default VOC's. */
  palette?: Uint8Array;
  /** Share of the class colour, 0…1. Default 0.55. The background (class 0) is never tinted. */
  opacity?: number;
  /** Draws the borders of regions in their full colour. Default true. */
  contours?: boolean;
}

/** The mask in its palette's colours. */
export function colourMask({ width, height, data }: IndexMask, palette: Uint8Array = vocPalette()): RgbImage {
  const colours = new Uint8Array(3 * data.length);
  data.forEach((label, i) => colours.set(palette.subarray(3 * label, 3 * label + 3), 3 * i));
  return { width, height, data: colours };
}

/** The picture with its mask or prediction laid over it in the classes' colours. Both must have the same size. */
export function overlay(image: RgbImage, mask: IndexMask, options: OverlayOptions = {}): RgbImage {
  const { palette = vocPalette(), opacity = 0.55, contours = true } = options;
  const { width, height } = image;
  if (mask.width !== width || mask.height !== height) {
    throw new RangeError(
      `An overlay needs one size, got an image of ${width}×${height} and a mask of ${mask.width}×${mask.height}: ` +
        `resize the mask first.`,
    );
  }
  const data = Uint8Array.from(image.data);
  for (let i = 0; i < mask.data.length; i++) {
    const label = mask.data[i] as number;
    if (label === 0) continue;
    const share = contours && isBorder(mask, i) ? 1 : opacity;
    for (let c = 0; c < 3; c++) {
      const colour = palette[3 * label + c] as number;
      data[3 * i + c] = Math.round(share * colour + (1 - share) * (data[3 * i + c] as number));
    }
  }
  return { width, height, data };
}

/** Whether the pixel's left, right, upper or lower neighbour has another label; the frame is no border. */
function isBorder({ width, height, data }: IndexMask, i: number): boolean {
  const label = data[i];
  const x = i % width;
  return (
    (x > 0 && data[i - 1] !== label) ||
    (x < width - 1 && data[i + 1] !== label) ||
    (i >= width && data[i - width] !== label) ||
    (i < width * (height - 1) && data[i + width] !== label)
  );
}
