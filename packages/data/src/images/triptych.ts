import type { IndexMask } from './index-mask.ts';
import { overlay, type OverlayOptions } from './overlay.ts';
import { resizeRgb, sizeForLongSide } from './resample.ts';
import { resizeMask } from './resize-mask.ts';
import type { RgbImage } from './rgb-image.ts';
import { encodeRgb, type EncodeOptions } from './write-image.ts';

export interface TriptychOptions extends OverlayOptions, Partial<EncodeOptions> {
  /** Long side of each of the three pictures, in pixels. Default 240; smaller pictures are not enlarged. */
  longSide?: number;
  /** White space between the pictures, in pixels. Default 6. */
  gap?: number;
}

/** The bytes of an image file, and its size in pixels. */
export interface EncodedPicture {
  readonly width: number;
  readonly height: number;
  readonly encoded: Uint8Array;
}

/** Input, truth and prediction side by side, as the bytes of a small JPEG (or PNG): the row of a report. */
export async function triptych(
  image: RgbImage,
  truth: IndexMask,
  prediction: IndexMask,
  options: TriptychOptions = {},
): Promise<EncodedPicture> {
  const { longSide = 240, gap = 6, format = 'jpeg', quality = 85, opacity = 0.75, ...style } = options;
  const { width, height } = sizeForLongSide(image, Math.min(longSide, Math.max(image.width, image.height)));
  const small = resizeRgb(image, width, height);
  const panel = (mask: IndexMask): RgbImage =>
    overlay(small, resizeMask(mask, width, height), { ...style, opacity });
  const row = sideBySide([small, panel(truth), panel(prediction)], gap);
  return { width: row.width, height: row.height, encoded: await encodeRgb(row, { format, quality }) };
}

/** Pictures of one size in a row, on white. */
function sideBySide(panels: readonly RgbImage[], gap: number): RgbImage {
  const { width: panelWidth, height } = panels[0] as RgbImage;
  const width = panels.length * (panelWidth + gap) - gap;
  const data = new Uint8Array(3 * width * height).fill(255);
  panels.forEach((panel, i) => {
    for (let y = 0; y < height; y++) {
      const row = panel.data.subarray(3 * y * panelWidth, 3 * (y + 1) * panelWidth);
      data.set(row, 3 * (y * width + i * (panelWidth + gap)));
    }
  });
  return { width, height, data };
}
