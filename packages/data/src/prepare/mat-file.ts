// MATLAB's level 5 MAT-files ("MAT-File Format", The MathWorks) as far as label masks need them: one field of a struct
// that holds an array of bytes. All else in the file is stepped over by its length.
//
//   file     128 bytes of header, then elements
//   element  type and length (4 bytes each; 2 and 2 where the data fits into 4 bytes), data, padding to 8 bytes
//   matrix   elements: flags, dimensions, name, and what its class asks for
import { inflateSync } from 'node:zlib';

/** A matrix of bytes, column by column. */
export interface ByteMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Uint8Array;
}

const HEADER_BYTES = 128;
const LEVEL_5 = 0x0100;
/** The two letters "MI", as a little-endian machine writes them. */
const LITTLE_ENDIAN = 0x4d49;
const TYPE = { uint8: 2, matrix: 14, compressed: 15 };
const CLASS = { struct: 2, uint8: 9 };

/**
 * The matrix `variable.field`.
 *
 * @throws Error with what is wrong in half a sentence.
 */
export function structField(file: Uint8Array, variable: string, field: string): ByteMatrix {
  const bytes = view(file);
  if (
    file.length < HEADER_BYTES ||
    bytes.getUint16(126, true) !== LITTLE_ENDIAN ||
    bytes.getUint16(124, true) !== LEVEL_5
  ) {
    throw new Error('it is no little-endian MAT-file of level 5');
  }
  for (const element of elements(file.subarray(HEADER_BYTES))) {
    const plain = element.type === TYPE.compressed ? first(inflateSync(element.data)) : element;
    if (plain.type !== TYPE.matrix) continue;
    const matrix = readMatrix(plain.data);
    if (matrix.name === variable) return byteMatrix(fieldOf(matrix, variable, field), `${variable}.${field}`);
  }
  throw new Error(`it holds no variable ${variable}`);
}

interface Element {
  readonly type: number;
  readonly data: Uint8Array;
}

interface Matrix {
  readonly class: number;
  readonly dimensions: readonly number[];
  readonly name: string;
  /** The elements after the name. */
  readonly contents: Iterator<Element>;
}

function* elements(bytes: Uint8Array): Generator<Element> {
  const tags = view(bytes);
  for (let at = 0; at < bytes.length;) {
    if (at + 8 > bytes.length) throw new Error('it is truncated');
    const word = tags.getUint32(at, true);
    const isSmall = word >>> 16 !== 0;
    const type = isSmall ? word & 0xffff : word;
    const length = isSmall ? word >>> 16 : tags.getUint32(at + 4, true);
    const start = at + (isSmall ? 4 : 8);
    const end = isSmall ? at + 8 : start + length;
    if (start + length > bytes.length) throw new Error('it is truncated');
    yield { type, data: bytes.subarray(start, start + length) };
    // Compressed elements follow each other without padding.
    at = type === TYPE.compressed ? end : Math.ceil(end / 8) * 8;
  }
}

function readMatrix(bytes: Uint8Array): Matrix {
  const contents = elements(bytes);
  const flags = next(contents).data;
  const dimensions = integers(next(contents));
  const name = text(next(contents).data);
  return { class: flags[0] ?? 0, dimensions, name, contents };
}

function fieldOf({ class: kind, dimensions, contents }: Matrix, variable: string, field: string): Matrix {
  if (kind !== CLASS.struct || dimensions.some((length) => length !== 1))
    throw new Error(`${variable} is no single struct`);
  const [width = 0] = integers(next(contents));
  const names = next(contents).data;
  for (let at = 0; at < names.length && width > 0; at += width) {
    const matrix = next(contents);
    if (text(names.subarray(at, at + width)) === field) return readMatrix(matrix.data);
  }
  throw new Error(`${variable} has no field ${field}`);
}

function byteMatrix({ class: kind, dimensions, contents }: Matrix, name: string): ByteMatrix {
  const [rows = 0, columns = 0] = dimensions;
  const { type, data } = next(contents);
  if (
    kind !== CLASS.uint8 ||
    type !== TYPE.uint8 ||
    dimensions.length !== 2 ||
    data.length !== rows * columns
  ) {
    throw new Error(`${name} is no matrix of type uint8`);
  }
  return { rows, columns, data };
}

function next(contents: Iterator<Element>): Element {
  const result = contents.next();
  if (result.done === true) throw new Error('it is truncated');
  return result.value as Element;
}

const first = (bytes: Uint8Array): Element => next(elements(bytes));

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function integers({ data }: Element): number[] {
  const numbers = view(data);
  return Array.from({ length: Math.floor(data.length / 4) }, (_, i) => numbers.getInt32(4 * i, true));
}

/** Names end at their first zero byte. */
const text = (bytes: Uint8Array): string =>
  String.fromCharCode(...bytes)
    .split('\0', 1)
    .join('');
