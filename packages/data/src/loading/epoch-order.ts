// Which examples a training step sees. An epoch of n examples has ⌊n / batchSize⌋ batches, each example is in at most
// one of them, and the n mod batchSize that are left out are others every epoch, because each is shuffled anew. No batch
// is ever short, since one left-over image would be a batch that batch normalization cannot be trained on.
import { permutation, randomAt } from './random.ts';

/** One step's place in the order. */
export interface StepPlaces {
  /** Passes over the data finished before this step. */
  readonly epoch: number;
  /** Numbers of examples, [batchSize]. */
  readonly places: readonly number[];
}

/** The order of all steps: a pure function of (count, batchSize, seed). */
export class EpochOrder {
  /** Batches in one pass over the data. */
  readonly stepsPerEpoch: number;
  readonly #count: number;
  readonly #batchSize: number;
  readonly #seed: number;
  #latest: { epoch: number; order: Int32Array } | null = null;

  /** @param count number of examples, at least `batchSize` */
  constructor(count: number, batchSize: number, seed: number) {
    this.stepsPerEpoch = Math.floor(count / batchSize);
    this.#count = count;
    this.#batchSize = batchSize;
    this.#seed = seed;
  }

  at(step: number): StepPlaces {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    const first = (step % this.stepsPerEpoch) * this.#batchSize;
    return { epoch, places: [...this.#orderOf(epoch).subarray(first, first + this.#batchSize)] };
  }

  #orderOf(epoch: number): Int32Array {
    if (this.#latest?.epoch !== epoch) {
      this.#latest = { epoch, order: permutation(this.#count, randomAt(this.#seed, epoch)) };
    }
    return this.#latest.order;
  }
}
