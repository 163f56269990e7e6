// USPS (Hull 1994, "A database for handwritten text recognition research"): 7,291 digits to train on and 2,007 to test,
// 16×16, in the HDF5 file in common use:
//
//   train/data, test/data       float [n, 256] (or [n, 16, 16]), 0…1, the digit bright on black
//   train/target, test/target   integer [n]
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset, Group } from 'jsfive';
import { DataError, reason } from '../data-error.ts';
import { readBytes } from '../read-bytes.ts';
import { digits, type DigitsPart } from './digits.ts';
import type { LabelledImages } from './image-set.ts';

const SIDE = 16;

/**
 * Reads one part of USPS into memory, its values rounded to bytes. A part with fewer digits than published is taken as it is.
 *
 * @param path the HDF5 file, or the folder that holds it as `usps.h5`
 * @throws DataError when the file is missing, damaged, or laid out otherwise.
 */
export async function openUsps(path: string, part: DigitsPart): Promise<LabelledImages> {
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() ?? false;
  const file = isFolder ? join(path, 'usps.h5') : path;
  const { images, labels } = await readPart(file, part);
  const [count = 0, ...rest] = images.shape;
  if (rest.reduce((product, length) => product * length, 1) !== SIDE * SIDE) {
    throw new DataError(
      `${file} holds images of shape [${images.shape.join(', ')}] in ${part}/data, but [n, ${SIDE * SIDE}] is wanted: ` +
        `pass USPS's own file.`,
    );
  }
  if (labels.shape.length !== 1 || labels.shape[0] !== count) {
    throw new DataError(
      `${file} holds ${count} images in ${part}/data, but labels of shape [${labels.shape.join(', ')}] in ` +
        `${part}/target: copy it again from its source.`,
    );
  }
  const data = bytesOf(images.value, file, part);
  return digits({ name: `USPS ${part}`, data, side: SIDE, labels: labels.value, file });
}

/** Both arrays of a part. Values are decoded in here too, since jsfive reads them late. */
async function readPart(file: string, part: DigitsPart): Promise<Record<'images' | 'labels', Decoded>> {
  const bytes = await readBytes(file, 'The USPS file');
  // Only whoever reads HDF5 pays for loading the library.
  const { File } = await import('jsfive');
  try {
    const root = new File(new Uint8Array(bytes).buffer, file);
    return { images: decoded(root, `${part}/data`), labels: decoded(root, `${part}/target`) };
  } catch (error) {
    throw new DataError(
      `${file} could not be read as HDF5 with the arrays ${part}/data and ${part}/target (${reason(error)}): ` +
        `copy it again from its source.`,
      { cause: error },
    );
  }
}

type Decoded = Pick<Dataset, 'shape' | 'value'>;

function decoded(root: Group, path: string): Decoded {
  const found = root.get(path);
  if (!('shape' in found)) throw new Error(`${path} is no array`);
  return { shape: found.shape, value: found.value };
}

function bytesOf(values: ArrayLike<number>, file: string, part: DigitsPart): Uint8Array {
  return Uint8Array.from(values, (value, i) => {
    if (value >= 0 && value <= 1) return Math.round(255 * value);
    throw new DataError(
      `Value ${i} of ${part}/data in ${file} is ${value}, but 0…1 is wanted: rescale the images to that range.`,
    );
  });
}
