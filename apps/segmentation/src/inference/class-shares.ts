/** What a picture consists of: the share of each class in a prediction. */
import type { IndexMask } from '@plumbline/data';

export interface ClassShare {
  index: number;
  name: string;
  pixels: number;
  /** Of all pixels, 0…1. */
  share: number;
}

/** The classes that occur, the largest first; of equal ones the lower index. */
export function classShares({ data }: IndexMask, classes: readonly string[]): ClassShare[] {
  const counts = new Map<number, number>();
  for (const label of data) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts]
    .map(([index, pixels]) => ({
      index,
      name: classes[index] ?? `class ${index}`,
      pixels,
      share: pixels / data.length,
    }))
    .sort((a, b) => b.pixels - a.pixels || a.index - b.index);
}
