/** A report made for tests: a run that gets better and then worse, its classes and its features. */
import { embedFeatures, VALIDATOR_NAMES, type LayerDrift, type Matrix } from '@plumbline/adaptation';
import type { MetricsRecord } from '@plumbline/training';
import type { AdaptationReport } from '../report/adaptation-report.ts';
import type { RunSummary } from '../results/run-summary.ts';

export const madeSummary: RunSummary = {
  step: 500,
  seconds: 61,
  task: 'A→W',
  method: 'cdan',
  recipe: 'wa+gn',
  domainBatching: 'separate',
  seed: 1,
  sourceValidationAccuracy: 0.99,
  last: 0.7,
  before: null,
  chosen: { sourceAccuracy: { step: 200, accuracy: 0.65 }, snd: { step: 400, accuracy: 0.72 } },
  oracle: { step: 300, accuracy: 0.75 },
  protocol: 'A→W, 500 steps of 36 + 28 images, seed 1',
};

const targetAccuracies = [0.5, 0.65, 0.75, 0.72, 0.7];

const madeMetrics = (): MetricsRecord[] => [
  ...Array.from({ length: 50 }, (_, i) => ({
    kind: 'train',
    step: 10 * (i + 1),
    loss: 2 / (i + 1) + 0.1 * Math.sin(7 * i),
    learningRate: 0.01 * (1 + 0.1 * i) ** -0.75,
    terms: { classification: 2 / (i + 1), domain: 0.69 + 0.05 * Math.sin(3 * i) },
  })),
  ...targetAccuracies.map((targetAccuracy, i) => ({
    kind: 'evaluation',
    step: 100 * (i + 1),
    sourceValidationAccuracy: 0.9 + 0.02 * i,
    targetAccuracy,
    validators: Object.fromEntries(VALIDATOR_NAMES.map((name, k) => [name, Math.sin(i + k)])),
  })),
];

/** Rows of a few groups, one after the other. */
const madeFeatures = (rows: number, groups: number, shift: number): Matrix => ({
  rows,
  columns: 8,
  data: Float32Array.from({ length: 8 * rows }, (_, at) => {
    const [i, j] = [Math.floor(at / 8), at % 8];
    return (
      3 * Math.sin(1 + 7 * (i % groups) + 3 * j) +
      shift * (j % 2) +
      0.6 * Math.sin(12.9898 * (i + 1) * (j + 1))
    );
  }),
});

/** Through `depth` layers; `slope` says how fast it grows. */
export const madeDrift = (depth: number, slope: number): LayerDrift[] =>
  Array.from({ length: depth }, (_, i) => ({
    layer: i === 0 ? 'backbone.conv1' : `backbone.layer${1 + Math.floor((4 * i) / depth)}.${i}.conv2`,
    meanShift: 0.1 + (slope * i) / depth + 0.03 * Math.sin(5 * i),
    varianceShift: slope * Math.abs(0.4 * Math.sin(i / 3)),
  }));

export function madeReport(classes: readonly string[]): AdaptationReport {
  const count = classes.length;
  const source = madeFeatures(10 * count, count, 0);
  const target = madeFeatures(7 * count, count, 1.2);
  return {
    summary: madeSummary,
    protocol: {
      Network: 'ResNet-18, bottleneck 256',
      'Images per step': '36 + 28',
      Domains: 'separate',
      Seed: 1,
    },
    metrics: madeMetrics(),
    classes,
    confusion: Float64Array.from({ length: count ** 2 }, (_, at) => {
      const [truth, prediction] = [Math.floor(at / count), at % count];
      return truth === prediction ? 5 : prediction === (truth + 1) % count ? 2 : 0;
    }),
    embedding: {
      places: embedFeatures({ source, target }, 1),
      sourceLabels: Array.from({ length: source.rows }, (_, i) => i % count),
      targetPredictions: Array.from({ length: target.rows }, (_, i) => (i % 7 === 0 ? i + 1 : i) % count),
    },
    aDistance: { distance: 1.86, error: 0.035, heldOut: 200, isSaturated: false },
    drift: madeDrift(20, 1),
    environment: { Backend: 'tensorflow', Node: 'v20' },
    configuration: 'seed: 1\nrecipe: <wa+gn>',
  };
}
