/** The machine's matrix-multiply peak, by which steps are measured. */

/** Rows and columns of the matrices whose product takes the place of a step: large enough to be bound by arithmetic. */
export const MATRIX_SIDE = 2048;

/** Multiplications and additions per second of the fastest product. */
export const flopPerSecond = (milliseconds: readonly number[]): number =>
  (2 * MATRIX_SIDE ** 3) / (Math.min(...milliseconds) / 1000);
