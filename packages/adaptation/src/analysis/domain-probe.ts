// A linear probe that tells the domain of a feature: logistic regression on standardized features,
//
//   minimize  ½ mean_s log(1 + e^{z}) + ½ mean_t log(1 + e^{−z}) + ½ · weightDecay · ‖w‖²,   z = w·(x − μ)/σ + b
//
// over w [d] and b, with μ and σ [d] over the features it is fitted to. Each domain counts half, however many images it has, so
// that e^{z} estimates the ratio of densities p_t(x) / p_s(x) without a factor for the counts.
//
// Fitted by accelerated gradient descent (Nesterov 1983) that forgets its momentum where that points uphill (O'Donoghue and
// Candès 2015, arXiv:1204.3982), a fixed number of steps from a fixed start: the same features give the same probe.

import { matrix, row, type Matrix } from '../matrix.ts';
import { requireFinite, rowsAt } from './rows.ts';
import { sampled, shuffled } from './seeded-random.ts';

export interface DomainProbe {
  /** z of each row, in [−20, 20]: positive where the target is the likelier domain. */
  logits(features: Matrix): Float64Array;
  readonly weights: ProbeWeights;
}

interface ProbeWeights {
  /** [d] of the standardized features, and the bias as the last one. */
  readonly values: Float64Array;
}

export interface DomainFeatures {
  /** [n_s, d]. */
  readonly source: Matrix;
  /** [n_t, d]; n_t need not be n_s. */
  readonly target: Matrix;
}

/** @throws DivergedError: what a network that has diverged says of its domains looks like a finding. */
export function requireFiniteFeatures({ source, target }: DomainFeatures): void {
  requireFinite('source features', source);
  requireFinite('target features', target);
}

const fitSteps = 200;
/** e^20 is half a billion: beyond it a ratio of densities says no more than "never seen in the other domain". */
const largestLogit = 20;

/**
 * @param start the weights to go on from, of a probe of the same features. Default: zeros.
 * @throws if a domain has no features, or they are not of one width.
 */
export function fitDomainProbe(
  { source, target }: DomainFeatures,
  weightDecay: number,
  start?: ProbeWeights,
): DomainProbe {
  requireFeatures({ source, target });
  const standardize = standardization(source, target);
  const domains = [
    { features: standardize(source), sign: 1 },
    { features: standardize(target), sign: -1 },
  ];
  const width = source.columns + 1;
  const gradientAt = (weights: Float64Array): Float64Array => {
    const gradient = weights.map((value, j) => (j < source.columns ? weightDecay * value : 0));
    for (const { features, sign } of domains) {
      for (let i = 0; i < features.rows; i++) {
        const values = row(features, i);
        const z = sign * scoreOf(values, weights);
        const factor = (0.5 * sign) / features.rows / (1 + Math.exp(-z));
        for (let j = 0; j < values.length; j++)
          gradient[j] = (gradient[j] as number) + factor * (values[j] as number);
        gradient[width - 1] = (gradient[width - 1] as number) + factor;
      }
    }
    return gradient;
  };
  const curvature = largestCurvature(
    domains.map(({ features }) => features),
    width,
  );
  const stepSize = 1 / (1.05 * curvature + weightDecay);

  let weights = start?.values ?? new Float64Array(width);
  let ahead = weights;
  let sinceRestart = 0;
  for (let step = 0; step < fitSteps; step++) {
    const gradient = gradientAt(ahead);
    const here = ahead;
    const next = here.map((value, j) => value - stepSize * (gradient[j] as number));
    const last = weights;
    const uphill = next.reduce(
      (sum, value, j) => sum + (gradient[j] as number) * (value - (last[j] as number)),
      0,
    );
    sinceRestart = uphill > 0 ? 0 : sinceRestart + 1;
    const momentum = sinceRestart / (sinceRestart + 3);
    ahead = next.map((value, j) => value + momentum * (value - (last[j] as number)));
    weights = next;
  }
  const fitted = weights;
  return {
    weights: { values: fitted },
    logits(features) {
      const standardized = standardize(features);
      return Float64Array.from({ length: features.rows }, (_, i) =>
        Math.min(largestLogit, Math.max(-largestLogit, scoreOf(row(standardized, i), fitted))),
      );
    },
  };
}

/** What a probe is fitted to, and the fifth of each domain that it has not seen. */
export interface ProbeSplit {
  readonly fitted: DomainFeatures;
  readonly heldOut: DomainFeatures;
}

/**
 * At most `most` images of each domain, 80 % to fit and 20 % to judge by.
 *
 * @throws if a domain has fewer than 5 images.
 */
export function splitForProbe({ source, target }: DomainFeatures, most: number, seed: number): ProbeSplit {
  const parts = [source, target].map((features, domain) => {
    if (features.rows < 5) {
      throw new Error(
        `A domain probe needs at least 5 images of each domain, and it got ${features.rows} of the ${domain === 0 ? 'source' : 'target'}: give more.`,
      );
    }
    const chosen = sampled(features.rows, most, seed + domain);
    const order = shuffled(chosen.length, seed + 2 + domain).map((place) => chosen[place] as number);
    const held = Math.floor(order.length / 5);
    return {
      heldOut: rowsAt(features, order.subarray(0, held)),
      fitted: rowsAt(features, order.subarray(held)),
    };
  });
  const [ofSource, ofTarget] = parts as [(typeof parts)[number], (typeof parts)[number]];
  return {
    fitted: { source: ofSource.fitted, target: ofTarget.fitted },
    heldOut: { source: ofSource.heldOut, target: ofTarget.heldOut },
  };
}

/** w·x + b. */
function scoreOf(values: Float32Array, weights: Float64Array): number {
  let sum = weights[values.length] as number;
  for (let j = 0; j < values.length; j++) sum += (values[j] as number) * (weights[j] as number);
  return sum;
}

/** To mean 0 and variance 1 over both domains, each counting half; a feature that never changes becomes 0. */
function standardization(source: Matrix, target: Matrix): (features: Matrix) => Matrix {
  const moments = (of: (value: number, j: number) => number): Float64Array => {
    const result = new Float64Array(source.columns);
    for (const { rows, columns, data } of [source, target])
      for (let i = 0; i < data.length; i++) {
        const j = i % columns;
        result[j] = (result[j] as number) + (0.5 * of(data[i] as number, j)) / rows;
      }
    return result;
  };
  const means = moments((value) => value);
  const scales = moments((value, j) => (value - (means[j] as number)) ** 2).map((variance, j) =>
    // Rounding alone gives a constant feature a variance of about (1e-7 · mean)².
    variance > 1e-12 * (1 + (means[j] as number) ** 2) ? 1 / Math.sqrt(variance) : 0,
  );
  return ({ rows, columns, data }) =>
    matrix(
      rows,
      columns,
      data.map((value, i) => (value - (means[i % columns] as number)) * (scales[i % columns] as number)),
    );
}

/** A quarter of the largest eigenvalue of the weighted [x, 1]·[x, 1]ᵀ, which bounds the loss's second derivative: by power iteration. */
function largestCurvature(domains: readonly Matrix[], width: number): number {
  let direction = Float64Array.from({ length: width }, (_, j) => 1 + Math.sin(j + 1));
  let eigenvalue = 1;
  for (let step = 0; step < 30; step++) {
    const image = new Float64Array(width);
    for (const features of domains)
      for (let i = 0; i < features.rows; i++) {
        const values = row(features, i);
        const along = (0.5 * scoreOf(values, direction)) / features.rows;
        for (let j = 0; j < values.length; j++)
          image[j] = (image[j] as number) + along * (values[j] as number);
        image[width - 1] = (image[width - 1] as number) + along;
      }
    eigenvalue = Math.sqrt(image.reduce((sum, value) => sum + value * value, 0));
    direction = image.map((value) => value / eigenvalue);
  }
  return eigenvalue / 4;
}

function requireFeatures({ source, target }: DomainFeatures): void {
  if (source.rows > 0 && target.rows > 0 && source.columns === target.columns) return;
  throw new Error(
    `A domain probe got features of ${source.rows}×${source.columns} and ${target.rows}×${target.columns}: ` +
      'give features of both domains from one layer.',
  );
}
