// The safetensors format (Hugging Face, 2022): named arrays in one file that any language can read.
//
//   8 bytes   N, the header's length, unsigned little-endian
//   N bytes   JSON: { name: { dtype, shape, data_offsets: [begin, end] }, …, "__metadata__": { key: string } }
//   the rest  the arrays, little-endian and row-major; offsets count from here, without gaps or overlaps
// https://github.com/huggingface/safetensors#format. Bytes in, bytes out: this file opens nothing.

export interface SafeTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

export interface SafeTensors {
  readonly tensors: ReadonlyMap<string, SafeTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

const bytesPerValue = 4;
const metadataKey = '__metadata__';
const largestHeader = 100_000_000;

/** The file's content in pieces: the header, then one piece for each tensor (views of the given arrays, not copies). */
export function encodeSafetensors({ tensors, metadata }: SafeTensors): Uint8Array[] {
  const header: Record<string, HeaderEntry | Readonly<Record<string, string>>> = {};
  if (Object.keys(metadata).length > 0) header[metadataKey] = metadata;
  let end = 0;
  const pieces: Uint8Array[] = [];
  for (const [name, { shape, data }] of tensors) {
    if (data.length !== sizeOf(shape))
      throw new Error(`Tensor "${name}" has ${data.length} values but shape [${shape.join(', ')}].`);
    const begin = end;
    end += data.byteLength;
    const dtype = data instanceof Float32Array ? 'F32' : 'I32';
    header[name] = { dtype, shape: [...shape], data_offsets: [begin, end] };
    pieces.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  // Spaces up to a multiple of 8, so that the arrays can be read in place.
  const padded = Math.ceil(text.byteLength / 8) * 8;
  const head = new Uint8Array(8 + padded).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true);
  head.set(text, 8);
  return [head, ...pieces];
}

/**
 * Reads a whole file's bytes. The arrays are copies, so the bytes can be let go.
 *
 * @param source named in errors, for example the path.
 * @throws if the file is no safetensors file, is cut short, or holds another type than F32 or I32.
 */
export function decodeSafetensors(bytes: Uint8Array, source = 'these bytes'): SafeTensors {
  const broken = (what: string): Error =>
    new Error(
      `${source} is not a readable safetensors file: ${what}. Use another checkpoint, or write it again.`,
    );
  if (bytes.byteLength < 8) throw broken(`it has only ${bytes.byteLength} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > largestHeader) throw broken(`its header claims to be ${headerLength} bytes long`);
  const start = 8 + headerLength;
  if (start > bytes.byteLength)
    throw broken(`it is cut short: the header ends at byte ${start} and the file at ${bytes.byteLength}`);
  const header = parseHeader(bytes.subarray(8, start), broken);

  const metadata = (header[metadataKey] ?? {}) as unknown as Record<string, string>;
  const tensors = new Map<string, SafeTensor>();
  const entries = Object.entries(header).filter(([name]) => name !== metadataKey);
  entries.sort(([, a], [, b]) => begin(a) - begin(b));
  let expected = 0;
  for (const [name, entry] of entries) {
    if (!isEntry(entry))
      throw broken(`the header's entry "${name}" has no valid dtype, shape and data_offsets`);
    const [from, to] = entry.data_offsets;
    if (entry.dtype !== 'F32' && entry.dtype !== 'I32')
      throw broken(`tensor "${name}" has type ${entry.dtype}, and only F32 and I32 are supported`);
    if (from !== expected) throw broken(`tensor "${name}" begins at ${from} where ${expected} was due`);
    if (to - from !== sizeOf(entry.shape) * bytesPerValue)
      throw broken(`tensor "${name}" has ${to - from} bytes but shape [${entry.shape.join(', ')}]`);
    if (start + to > bytes.byteLength)
      throw broken(
        `it is cut short: tensor "${name}" ends at byte ${start + to} and the file at ${bytes.byteLength}`,
      );
    // Not `slice`, which shares memory where the bytes are a Node Buffer.
    const copy = new Uint8Array(bytes.subarray(start + from, start + to)).buffer;
    tensors.set(name, {
      shape: entry.shape,
      data: entry.dtype === 'F32' ? new Float32Array(copy) : new Int32Array(copy),
    });
    expected = to;
  }
  if (start + expected !== bytes.byteLength)
    throw broken(`${bytes.byteLength - start - expected} bytes follow the last tensor`);
  return { tensors, metadata };
}

function parseHeader(bytes: Uint8Array, broken: (what: string) => Error): Record<string, HeaderEntry> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw broken('its header is not JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw broken('its header is not a JSON object');
  return header as Record<string, HeaderEntry>;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

const isEntry = (entry: unknown): entry is HeaderEntry => {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Partial<HeaderEntry>;
  return (
    typeof dtype === 'string' &&
    Array.isArray(shape) &&
    shape.every(isCount) &&
    Array.isArray(offsets) &&
    offsets.length === 2 &&
    offsets.every(isCount)
  );
};

const begin = (entry: HeaderEntry): number => (isEntry(entry) ? entry.data_offsets[0] : 0);

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
