// Rows taken out of a matrix.

import { matrix, row, type Matrix } from '../matrix.ts';

/** The rows at `indices`, in their order, as a matrix of its own. */
export function rowsAt(from: Matrix, indices: ArrayLike<number>): Matrix {
  const result = matrix(indices.length, from.columns, new Float32Array(indices.length * from.columns));
  for (let i = 0; i < indices.length; i++) result.data.set(row(from, indices[i] as number), i * from.columns);
  return result;
}

/** Whether every value is a finite number. */
export const isFiniteMatrix = ({ data }: Matrix): boolean => data.every(Number.isFinite);
