/** Element i of the fixed test sequence: ((37 i + 11) mod 101) / 50 − 1, values in [−1, 1]. */
export const goldenValue = (i: number): number => ((37 * i + 11) % 101) / 50 - 1;

/** `count` elements of the test sequence, beginning at element `start`. */
export const goldenSequence = (count: number, start = 0): number[] =>
  Array.from({ length: count }, (_, i) => goldenValue(start + i));
