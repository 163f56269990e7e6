// Means of what a loss is made of between two log lines; they stay on the device until then.

import * as tf from '@tensorflow/tfjs-core';

export type Terms = Readonly<Record<string, tf.Scalar>>;

export class TermMeans {
  readonly #sums = new Map<string, tf.Scalar>();
  #count = 0;

  /** Takes the tensors over. */
  add(terms: Terms): void {
    for (const [name, term] of Object.entries(terms)) {
      const before = this.#sums.get(name);
      this.#sums.set(name, before === undefined ? term : tf.add<tf.Scalar>(before, term));
      if (before !== undefined) tf.dispose([before, term]);
    }
    this.#count++;
  }

  /** The means since the last call. */
  async read(): Promise<Record<string, number>> {
    const means: Record<string, number> = {};
    for (const [name, sum] of this.#sums) {
      const [value = NaN] = await sum.data();
      means[name] = value / this.#count;
    }
    this.dispose();
    return means;
  }

  dispose(): void {
    tf.dispose([...this.#sums.values()]);
    this.#sums.clear();
    this.#count = 0;
  }
}
