// Mean and variance of a population that comes in batches.
//
// Chan, Golub, LeVeque: "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979. For a set of
// n values with mean μ and M = Σ (x − μ)², merged with another of n' values, μ' and M', per channel:
//
//   d = μ' − μ      μ ← μ + d · n' / (n + n')      M ← M + M' + d² · n · n' / (n + n')

/** Mean and variance per channel, on the host. */
export interface ChannelMoments {
  readonly mean: ArrayLike<number>;
  /** Biased: divided by the count. */
  readonly variance: ArrayLike<number>;
}

/** Pools the moments of batches in float64, every value counting the same; nothing cancels, however far the mean is from 0. */
export class PooledMoments {
  private count = 0;
  private readonly means: Float64Array;
  private readonly squares: Float64Array;

  constructor(channels: number) {
    this.means = new Float64Array(channels);
    this.squares = new Float64Array(channels);
  }

  /** Takes in a batch of `count` values per channel. */
  add({ mean, variance }: ChannelMoments, count: number): void {
    const total = this.count + count;
    this.means.forEach((pooled, c) => {
      const distance = (mean[c] ?? NaN) - pooled;
      this.means[c] = pooled + (distance * count) / total;
      this.squares[c] =
        (this.squares[c] ?? NaN) +
        (variance[c] ?? NaN) * count +
        distance * distance * ((this.count * count) / total);
    });
    this.count = total;
  }

  /** Mean and biased variance of all values so far; 0 and NaN before the first. */
  moments(): { mean: Float64Array; variance: Float64Array } {
    return { mean: this.means.slice(), variance: this.squares.map((square) => square / this.count) };
  }
}
