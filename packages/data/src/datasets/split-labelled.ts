import { permutation, randomAt } from '../loading/random.ts';
import { subset, type LabelledImages } from './image-set.ts';

export interface SplitOptions {
  /** Share of every class that goes into the second part, above 0 and below 1. */
  share: number;
  /** Chooses which images; the same seed makes the same parts. */
  seed: number;
}

/**
 * Parts a set in two, such as a source into what is trained on and what validates, with the share taken of every class
 * (rounded; a class of two images or more is in both parts, a single image in the first). Both parts keep the set's order.
 *
 * @throws Error when the share is impossible, or the second part would be empty.
 */
export function splitLabelled(
  set: LabelledImages,
  { share, seed }: SplitOptions,
): [rest: LabelledImages, share: LabelledImages] {
  if (!(share > 0 && share < 1)) {
    throw new Error(`share is ${share}, but a number above 0 and below 1 is wanted.`);
  }
  const isTaken = new Uint8Array(set.ids.length);
  set.classes.forEach((_, label) => {
    const members = [...set.labels.keys()].filter((index) => set.labels[index] === label);
    const taken = Math.min(members.length - 1, Math.max(1, Math.round(share * members.length)));
    const order = permutation(members.length, randomAt(seed, label));
    for (let i = 0; i < taken; i++) isTaken[members[order[i] as number] as number] = 1;
  });
  const places = (wanted: 0 | 1): number[] =>
    [...isTaken.keys()].filter((index) => isTaken[index] === wanted);
  if (places(1).length === 0) {
    throw new Error(`${set.name} cannot be split: no class has two images or more.`);
  }
  return [subset(set, places(0)), subset(set, places(1))];
}
