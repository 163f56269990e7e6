// One record of TensorFlow DeepLab's data sets, a `tf.train.Example` with these features (build_data.py of
// tensorflow/models, research/deeplab/datasets):
//
//   image/encoded   image/filename   image/format   image/height   image/width   image/channels
//   image/segmentation/class/encoded   image/segmentation/class/format
//
// TensorFlow decodes the mask to one channel, and a palette to the brightness of its colours: masks are written as grey
// PNGs whose values are the indices. They are read from palettes too.
import { encode } from 'fast-png';
import { createBuilder, Example } from 'tfrecord';
import { DataError, reason } from '../data-error.ts';
import type { IndexMask } from '../images/index-mask.ts';

export type ImageFormat = 'jpeg' | 'png';

/** An image and its mask as the bytes of their files. */
export interface TfrecordExample {
  /** The image's name; TensorFlow DeepLab's have no ending. */
  readonly filename: string;
  readonly image: Uint8Array;
  readonly mask: Uint8Array;
}

/** What the image and its mask are, for those who do not decode them. */
export interface ExampleShape {
  readonly format: ImageFormat;
  readonly width: number;
  readonly height: number;
}

const NEEDED = {
  image: 'image/encoded',
  filename: 'image/filename',
  mask: 'image/segmentation/class/encoded',
} as const;
const OTHER_KINDS = { floatList: 'floats', int64List: 'integers' } as const;

/** The bytes of a record. Features are in the order of their names, so equal examples are equal bytes. */
export function encodeExample(
  { filename, image, mask }: TfrecordExample,
  { format, width, height }: ExampleShape,
): Uint8Array {
  const text = new TextEncoder();
  const builder = createBuilder();
  builder.setInteger('image/channels', 3);
  builder.setBinary(NEEDED.image, image);
  builder.setBinary(NEEDED.filename, text.encode(filename));
  builder.setBinary('image/format', text.encode(format));
  builder.setInteger('image/height', height);
  builder.setBinary(NEEDED.mask, mask);
  builder.setBinary('image/segmentation/class/format', text.encode('png'));
  builder.setInteger('image/width', width);
  return Example.encode(builder.releaseExample()).finish();
}

/**
 * Reads a record; other features than the needed are not looked at. The parts are views of the record.
 *
 * @param origin begins errors: which record of which file.
 * @throws DataError when the record is no example, or lacks a feature.
 */
export function decodeExample(record: Uint8Array, origin: string): TfrecordExample {
  let features: ReadonlyMap<string, Feature>;
  try {
    features = new Map(Object.entries(Example.decode(record).features?.feature ?? {}));
  } catch (error) {
    throw new DataError(
      `${origin} is no tf.train.Example (${reason(error)}): pass shards of a segmentation data set, as TensorFlow ` +
        `DeepLab's build_data.py writes them.`,
      { cause: error },
    );
  }
  return {
    filename: new TextDecoder().decode(onlyBytes(features, NEEDED.filename, origin)),
    image: onlyBytes(features, NEEDED.image, origin),
    mask: onlyBytes(features, NEEDED.mask, origin),
  };
}

interface Feature {
  readonly bytesList?: { readonly value?: readonly Uint8Array[] | null } | null;
  readonly floatList?: object | null;
  readonly int64List?: object | null;
}

function onlyBytes(features: ReadonlyMap<string, Feature>, name: string, origin: string): Uint8Array {
  const refuse = (problem: string): never => {
    throw new DataError(
      `${origin} ${problem}: it needs ${Object.values(NEEDED).join(', ')} with one value of bytes each, as TensorFlow ` +
        `DeepLab's build_data.py writes them.`,
    );
  };
  const feature = features.get(name);
  if (feature === undefined) {
    const there = [...features.keys()].sort().join(', ') || 'none';
    return refuse(`lacks the feature ${name} (there: ${there})`);
  }
  const values = feature.bytesList?.value ?? [];
  const [bytes] = values;
  if (bytes !== undefined && bytes.length > 0 && values.length === 1) return bytes;
  const kind = (['floatList', 'int64List'] as const).find((key) => feature[key]);
  if (kind !== undefined) return refuse(`holds ${OTHER_KINDS[kind]} in its feature ${name}`);
  return refuse(
    values.length > 1
      ? `holds ${values.length} values in its feature ${name}`
      : `has an empty feature ${name}`,
  );
}

/** JPEG or PNG by the first bytes, which is how TensorFlow DeepLab tells them apart too; null: neither. */
export function imageFormat(bytes: Uint8Array): ImageFormat | null {
  const startsWith = (...signature: number[]): boolean => signature.every((byte, i) => bytes[i] === byte);
  if (startsWith(0xff, 0xd8, 0xff)) return 'jpeg';
  return startsWith(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a) ? 'png' : null;
}

/** A mask as an 8-bit grey PNG whose values are the indices. */
export const encodeGreyMask = ({ width, height, data }: IndexMask): Uint8Array =>
  encode({ width, height, data, depth: 8, channels: 1 }, { zlib: { level: 6 } });
