// Photographs as 8-bit RGB, decoded by libvips through sharp. Whatever the file holds (grey, CMYK, 16 bit, an alpha
// channel) arrives as sRGB; transparent pixels are laid on white.
import sharp from 'sharp';
import { DataError } from '../data-error.ts';
import { readBytes } from '../read-bytes.ts';

/** An 8-bit sRGB picture. `data` is row-major [height, width, 3], values 0…255. */
export interface RgbImage {
  width: number;
  height: number;
  data: Uint8Array;
}

export interface ReadOptions {
  /** Turns the picture as its EXIF orientation says, for one without a mask. Default false. */
  turnUpright?: boolean;
}

/**
 * Reads a picture (JPEG, PNG, WebP, TIFF, …) as 8-bit sRGB.
 *
 * An EXIF orientation is not applied unless asked for: masks are drawn over the stored pixels, and turning only the
 * picture would silently part the two.
 *
 * @throws DataError when the file is missing, corrupt, truncated or no image.
 */
export async function readRgb(path: string, options: ReadOptions = {}): Promise<RgbImage> {
  return decodeRgb(await readBytes(path, 'Image'), path, options);
}

/** Width and height as they are stored, from the head of the file alone; null where it cannot be read. */
export async function readSize(path: string): Promise<Pick<RgbImage, 'width' | 'height'> | null> {
  const head = await sharp(path)
    .metadata()
    .catch(() => null);
  return head === null ? null : { width: head.width, height: head.height };
}

/** As `readRgb`, from the bytes of a file; `path` stands in errors. */
export async function decodeRgb(
  bytes: Uint8Array,
  path: string,
  { turnUpright = false }: ReadOptions = {},
): Promise<RgbImage> {
  try {
    // libvips calls a truncated or damaged JPEG a warning and fills the rest with grey: any warning must fail.
    const { data, info } = await sharp(bytes, { failOn: 'warning', autoOrient: turnUpright })
      .flatten({ background: '#fff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data };
  } catch (error) {
    // What libvips says goes into the cause only: its message buffer is shared by all threads, so the text may stem
    // from another picture.
    throw new DataError(
      `Image ${path} could not be decoded: the file is corrupt, truncated or no image; ` +
        `copy it again from its source, or take it out of the list that names it.`,
      { cause: error },
    );
  }
}
