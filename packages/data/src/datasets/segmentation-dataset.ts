import { DataError } from '../data-error.ts';
import { readIndexMask, type IndexMask, type LabelRange } from '../images/index-mask.ts';
import { readRgb, type RgbImage } from '../images/rgb-image.ts';

/** Where one example lies. */
export interface SampleFiles {
  readonly id: string;
  readonly image: string;
  readonly mask: string;
}

/** One decoded example; image and mask have the same size. */
export interface SegmentationSample {
  id: string;
  image: RgbImage;
  mask: IndexMask;
}

/** A list of labelled pictures. Nothing is decoded until it is read. */
export interface SegmentationDataset {
  readonly name: string;
  readonly split: string;
  readonly ids: readonly string[];
  /** In the order of `ids`. */
  readonly files: readonly SampleFiles[];
  /** Class names by index. */
  readonly classes: readonly string[];
  /** [256, 3] RGB by index. */
  readonly palette: Uint8Array;
  /** The label of pixels that count neither in the loss nor in the score. */
  readonly ignoreLabel: number;
  /**
   * Decodes one example.
   *
   * @throws DataError when a file is missing or corrupt, the sizes differ, or the mask holds an illegal value.
   */
  read(index: number): Promise<SegmentationSample>;
}

/** Decodes the files of one example and checks them. */
export async function readSample(files: SampleFiles, labels: LabelRange): Promise<SegmentationSample> {
  const [image, mask] = await Promise.all([readRgb(files.image), readIndexMask(files.mask, labels)]);
  checkSameSize(files, image, mask);
  return { id: files.id, image, mask };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function checkSameSize(files: SampleFiles, image: Size, mask: Size): void {
  if (image.width === mask.width && image.height === mask.height) return;
  throw new DataError(
    `Mask ${files.mask} is ${mask.width}×${mask.height} pixels, but its image ${files.image} is ` +
      `${image.width}×${image.height}: replace one of them so that both have the same size, or take ` +
      `"${files.id}" out of the split list.`,
  );
}
