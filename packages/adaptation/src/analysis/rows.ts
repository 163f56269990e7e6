// Rows taken out of a matrix, and whether all of it are numbers.

import { DivergedError } from '@plumbline/training';
import { matrix, row, type Matrix } from '../matrix.ts';

/** The rows at `indices`, in their order, as a matrix of its own. */
export function rowsAt(from: Matrix, indices: ArrayLike<number>): Matrix {
  const result = matrix(indices.length, from.columns, new Float32Array(indices.length * from.columns));
  for (let i = 0; i < indices.length; i++) result.data.set(row(from, indices[i] as number), i * from.columns);
  return result;
}

/** Whether every value is a finite number. */
export const isFiniteMatrix = ({ data }: Matrix): boolean => data.every(Number.isFinite);

/**
 * @param what The rows are, for the error: `target features`.
 * @throws DivergedError on a value that is no finite number, so that a sweep goes on without the run.
 */
export function requireFinite(what: string, { columns, data }: Matrix): void {
  const place = data.findIndex((value) => !Number.isFinite(value));
  if (place === -1) return;
  throw new DivergedError(
    `The ${what} of image ${Math.floor(place / columns)} are not finite: the network has diverged; start again with a ` +
      `lower learning rate.`,
  );
}
