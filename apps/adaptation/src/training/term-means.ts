/** Means of a loss's terms between two log lines; they stay on the device until then. */
import type { MethodLoss } from '@plumbline/adaptation';
import { tf } from '@plumbline/runtime';

export class TermMeans {
  readonly #sums = new Map<string, tf.Scalar>();
  #count = 0;

  /** To be called where the terms were computed. */
  add(terms: MethodLoss['terms']): void {
    for (const [name, term] of Object.entries(terms)) {
      const before = this.#sums.get(name);
      const sum = tf.keep(before === undefined ? tf.clone(term) : tf.add<tf.Scalar>(before, term));
      before?.dispose();
      this.#sums.set(name, sum);
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
