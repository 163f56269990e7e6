// Random choices on the host that depend on a seed alone: which images to look at and where an embedding starts. Training
// draws its numbers elsewhere.

/** Uniform numbers in [0, 1): a counter that starts at the seed's hash, each value of it hashed. */
export function seededRandom(seed: number): () => number {
  let counter = hash(seed);
  return () => {
    // The golden ratio times 2³²: consecutive counters differ in many bits.
    counter = (counter + 0x9e3779b9) | 0;
    return (hash(counter) >>> 0) / 2 ** 32;
  };
}

/** 0 … count − 1 in an order that depends on the seed (Fisher–Yates). */
export function shuffled(count: number, seed: number): Int32Array {
  const random = seededRandom(seed);
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const kept = order[last] as number;
    order[last] = order[other] as number;
    order[other] = kept;
  }
  return order;
}

/** At most `most` of 0 … count − 1, ascending; all of them if there are no more. */
export const sampled = (count: number, most: number, seed: number): Int32Array =>
  count <= most
    ? Int32Array.from({ length: count }, (_, i) => i)
    : shuffled(count, seed).slice(0, most).sort();

/** MurmurHash3's finalizer (Appleby 2011). */
function hash(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
