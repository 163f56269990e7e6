// What MNIST and USPS share.
import { DataError } from '../data-error.ts';
import type { LabelledImages } from './image-set.ts';

export type DigitsPart = 'train' | 'test';

const CLASSES: readonly string[] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

export interface Digits {
  readonly name: string;
  /** uint8 [n, side, side]: the digit bright on black. */
  readonly data: Uint8Array;
  readonly side: number;
  /** [n], 0…9. */
  readonly labels: ArrayLike<number>;
  /** The file that the labels come from, for errors. */
  readonly file: string;
}

/** @throws DataError when there are none, or a label is no digit. */
export function digits({ name, data, side, labels, file }: Digits): LabelledImages {
  const numbers = Int32Array.from(labels);
  if (numbers.length === 0) throw new DataError(`${file} holds no digits: copy it again from its source.`);
  const wrong = numbers.findIndex((label) => !(label >= 0 && label <= 9));
  if (wrong !== -1) {
    throw new DataError(
      `Label ${wrong} in ${file} is ${labels[wrong]}, but digits are 0…9: copy the file again from its source.`,
    );
  }
  return {
    name,
    ids: Array.from(numbers, (_, i) => String(i).padStart(5, '0')),
    pixels: { kind: 'memory', data, height: side, width: side, channels: 1 },
    classes: CLASSES,
    labels: numbers,
  };
}
