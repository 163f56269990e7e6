// What the network will see: crops from the training loader itself, turned back into pictures.
import { IMAGENET_NORMALIZATION, type Normalization } from '../images/normalization.ts';
import { SegmentationLoader, type LoaderOptions } from '../loading/loader.ts';
import { overlay } from '../images/overlay.ts';
import { resizeRgb } from '../images/resample.ts';
import { resizeMask } from '../images/resize-mask.ts';
import type { RgbImage } from '../images/rgb-image.ts';
import type { SegmentationDataset } from '../datasets/segmentation-dataset.ts';
import { encodeRgb } from '../images/write-image.ts';

export interface ContactSheetOptions extends Omit<LoaderOptions, 'dataset' | 'batchSize' | 'limit'> {
  dataset: Pick<SegmentationDataset, 'files' | 'classes' | 'ignoreLabel' | 'split' | 'palette'>;
  /** How many crops. Default 24, or as many as there are images. */
  pictures?: number;
  /** Side of a picture, in pixels; smaller crops are not enlarged. Default 240. */
  side?: number;
}

/** A crop and its labels laid over it, as JPEG. */
export interface SheetPicture {
  readonly id: string;
  readonly side: number;
  readonly image: Uint8Array;
  readonly overlay: Uint8Array;
}

/** The first crops of a training with these options. */
export async function contactSheet(options: ContactSheetOptions): Promise<SheetPicture[]> {
  const { dataset, pictures = 24, side = 240, ...loading } = options;
  const wanted = Math.min(pictures, dataset.files.length);
  if (wanted === 0) return [];
  const sheet: SheetPicture[] = [];
  const loader = new SegmentationLoader({ ...loading, dataset, batchSize: 1 });
  try {
    for await (const { images, labels, shape, ids } of loader.batches()) {
      const size = Math.min(side, shape[1]);
      const crop = toPicture(images, shape[1], { ...IMAGENET_NORMALIZATION, ...loading.augment });
      const small = resizeRgb(crop, size, size);
      const mask = resizeMask(
        { width: shape[1], height: shape[1], data: Uint8Array.from(labels) },
        size,
        size,
      );
      const style = { palette: dataset.palette, opacity: 0.65 };
      sheet.push({
        id: ids[0] as string,
        side: size,
        image: await encodeRgb(small, { format: 'jpeg', quality: 80 }),
        overlay: await encodeRgb(overlay(small, mask, style), { format: 'jpeg', quality: 80 }),
      });
      if (sheet.length === wanted) break;
    }
  } finally {
    await loader.close();
  }
  return sheet;
}

/** The way back from a normalized crop. */
function toPicture(pixels: Float32Array, side: number, { mean, std }: Normalization): RgbImage {
  const data = Uint8Array.from(pixels, (value, i) => {
    const channel = i % 3;
    const byte = 255 * (value * (std[channel] as number) + (mean[channel] as number));
    return Math.min(255, Math.max(0, Math.round(byte)));
  });
  return { width: side, height: side, data };
}
