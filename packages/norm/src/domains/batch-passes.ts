// Passes over a domain's batches, which must be the same ones each time.

import type * as tf from '@tensorflow/tfjs-core';

/** One domain's inputs of a model, in batches. A model of several inputs takes a list for each. */
export type DomainBatches = Iterable<tf.Tensor | tf.Tensor[]> | AsyncIterable<tf.Tensor | tf.Tensor[]>;

/** A fixed number of passes over batches; counts the batches and reports the progress. */
export class BatchPasses {
  private readonly batches: () => DomainBatches;
  private readonly total: number;
  private readonly onPass: (done: number, total: number) => void;
  private done = 0;
  private batchesOfFirst = 0;

  constructor(
    batches: DomainBatches | (() => DomainBatches),
    total: number,
    onPass: (done: number, total: number) => void = () => undefined,
  ) {
    this.batches = typeof batches === 'function' ? batches : () => batches;
    this.total = total;
    this.onPass = onPass;
  }

  /** One pass: `body` with each batch. */
  async run(body: (input: tf.Tensor | tf.Tensor[]) => Promise<void>): Promise<void> {
    let count = 0;
    for await (const input of this.batches()) {
      await body(input);
      count++;
    }
    if (this.done === 0) this.batchesOfFirst = count;
    this.done++;
    if (count === 0 || count !== this.batchesOfFirst) {
      throw new Error(
        `Pass ${this.done} of ${this.total} over the domain's batches got ${count} of them` +
          (this.done === 1
            ? `: give one or more.`
            : ` where the first had ${this.batchesOfFirst}: give an array, or a function that starts them anew.`),
      );
    }
    this.onPass(this.done, this.total);
  }
}
