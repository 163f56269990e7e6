// MNIST (LeCun, Bottou, Bengio & Haffner 1998, "Gradient-based learning applied to document recognition"): 60,000
// handwritten digits to train on and 10,000 to test, 28×28, in IDX files, compressed or not:
//
//   train-images-idx3-ubyte.gz   big-endian: 0x00000803, count, rows, columns, then bytes
//   train-labels-idx1-ubyte.gz               0x00000801, count, then bytes
//   t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DataError, reason } from '../data-error.ts';
import { readBytes } from '../read-bytes.ts';
import { digits, type DigitsPart } from './digits.ts';
import type { LabelledImages } from './image-set.ts';

const SIDE = 28;
const PREFIX: Record<DigitsPart, string> = { train: 'train', test: 't10k' };
const BYTES = 0x08;

/**
 * Reads one part of MNIST into memory. A part with fewer digits than published is taken as it is.
 *
 * @param root the folder with the four files
 * @throws DataError when a file is missing, damaged or no IDX file, or images and labels differ in number.
 */
export async function openMnist(root: string, part: DigitsPart): Promise<LabelledImages> {
  const images = await readIdx(root, `${PREFIX[part]}-images-idx3-ubyte`, 3);
  const labels = await readIdx(root, `${PREFIX[part]}-labels-idx1-ubyte`, 1);
  const [count, rows, columns] = images.shape;
  if (rows !== SIDE || columns !== SIDE) {
    throw new DataError(
      `${images.path} holds images of ${rows}×${columns}, but MNIST's are ${SIDE}×${SIDE}: pass MNIST's own file.`,
    );
  }
  if (count !== labels.shape[0]) {
    throw new DataError(
      `${images.path} holds ${count} images, but ${labels.path} ${labels.shape[0]} labels: copy both again from one source.`,
    );
  }
  return digits({
    name: `MNIST ${part}`,
    data: images.data,
    side: SIDE,
    labels: labels.data,
    file: labels.path,
  });
}

interface Idx {
  readonly path: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

async function readIdx(root: string, name: string, rank: number): Promise<Idx> {
  const path = await findFile(root, name);
  const bytes = unpacked(await readBytes(path, 'The MNIST file'), path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = 4 + 4 * rank;
  if (bytes.length < header || view.getUint32(0) !== (BYTES << 8) + rank) {
    throw new DataError(
      `${path} is no IDX file of bytes in ${rank} dimension${rank === 1 ? '' : 's'}: copy it again from its source.`,
    );
  }
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const size = shape.reduce((product, length) => product * length, 1);
  if (bytes.length !== header + size) {
    throw new DataError(
      `${path} should hold ${shape.join('×')} bytes after its header, but it holds ${bytes.length - header}: ` +
        `copy it again from its source.`,
    );
  }
  return { path, shape, data: new Uint8Array(bytes.subarray(header)) };
}

async function findFile(root: string, name: string): Promise<string> {
  for (const path of [join(root, `${name}.gz`), join(root, name)]) {
    if ((await stat(path).catch(() => null))?.isFile()) return path;
  }
  throw new DataError(
    `${root} holds no ${name}.gz (nor ${name}): pass the folder that MNIST's four files lie in.`,
  );
}

function unpacked(bytes: Uint8Array, path: string): Uint8Array {
  if (!path.endsWith('.gz')) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new DataError(
      `${path} could not be unpacked (${reason(error)}): the file is damaged or cut short; copy it again from its source.`,
      { cause: error },
    );
  }
}
