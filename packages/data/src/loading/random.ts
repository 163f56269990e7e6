// Random numbers by address: the generator for (seed, epoch, index) is made on the spot, so any batch can be drawn
// in any thread and in any order, and a resumed run needs no stored random state.
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';

export interface Random {
  /** Uniform in [low, high). */
  uniform(low: number, high: number): number;
  /** Uniform over the integers low … high, both included. */
  integer(low: number, high: number): number;
}

/** The generator at an address of integers, such as (seed, epoch, index). Nearby addresses are unrelated. */
export function randomAt(...address: readonly number[]): Random {
  const generator = xoroshiro128plusFromState([1, 2, 3, 4].map((word) => hash([word, ...address])));
  return {
    uniform: (low, high) => low + (high - low) * uniformFloat64(generator),
    integer: (low, high) => uniformInt(generator, low, high),
  };
}

/** The integers 0 … count − 1 in a random order (Fisher–Yates). */
export function permutation(count: number, random: Random): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let last = count - 1; last > 0; last--) {
    const other = random.integer(0, last);
    const kept = order[last] as number;
    order[last] = order[other] as number;
    order[other] = kept;
  }
  return order;
}

/** A 32-bit hash of integers; every word goes in whole, then through MurmurHash3's finalizer (Appleby 2011). */
function hash(words: readonly number[]): number {
  let h = 0x9e3779b9 | 0;
  for (const word of words) {
    const low = word | 0;
    const high = Math.floor(word / 0x1_0000_0000) | 0;
    for (const part of [low, high]) {
      h = Math.imul(h ^ part, 0x85ebca6b);
      h ^= h >>> 13;
      h = Math.imul(h, 0xc2b2ae35);
      h ^= h >>> 16;
    }
  }
  return h;
}
