// A seed for each layer from one seed for the model, so that a layer's initial weights depend on its name only, and not
// on how many layers were made before it.

/**
 * A positive 31-bit seed: the FNV-1a hash of the seed and the name (Fowler, Noll, Vo, 1991).
 *
 * @param seed The model's seed, any number.
 */
export function layerSeed(seed: number, layerName: string): number {
  let hash = 0x811c9dc5;
  for (const character of `${seed}/${layerName}`) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return (hash >>> 1) + 1;
}
