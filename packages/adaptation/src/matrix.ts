// Answers of a network on the host: what model selection and analysis compute with.

/** Rows of numbers, such as the features or logits of images, one image a row. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** Row-major. */
  readonly data: Float32Array;
}

/** What the network says of a set of images in inference mode, in the set's order. */
export interface Answers {
  /** [n, d]. */
  readonly features: Matrix;
  /** [n, K]. */
  readonly logits: Matrix;
}

/** One row, as a view. */
export const row = ({ columns, data }: Matrix, index: number): Float32Array =>
  data.subarray(index * columns, (index + 1) * columns);

/** @throws if the data are not `rows` × `columns`. */
export function matrix(rows: number, columns: number, data: Float32Array): Matrix {
  if (data.length !== rows * columns) {
    throw new Error(
      `A matrix of ${rows}×${columns} needs ${rows * columns} values, and it got ${data.length}.`,
    );
  }
  return { rows, columns, data };
}
