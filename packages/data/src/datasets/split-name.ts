/**
 * @throws RangeError when `split` cannot be both a list's name and a folder's: it might lead out of the data set.
 */
export function checkSplitName(split: string): void {
  if (/^[\p{L}\p{N}_-]+$/u.test(split)) return;
  throw new RangeError(
    `The split is called "${split}", and only letters, digits, dashes and underscores are wanted.`,
  );
}
