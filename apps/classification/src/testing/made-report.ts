/** A report made for tests: a run that gets better and then worse. */
import type { MetricsRecord } from '@plumbline/training';
import type { ClassificationReport } from '../report/render-classification-report.ts';
import type { RunSummary } from '../results/run-summary.ts';

export const madeSummary: RunSummary = {
  step: 500,
  seconds: 61,
  dataset: 'CIFAR-10',
  network: 'ResNet-20',
  recipe: 'wa+gn',
  batchSize: 2,
  accumulate: 64,
  seed: 1,
  top1: 0.7,
  top5: 0.95,
  crossEntropy: 0.8125,
  best: { step: 300, top1: 0.75 },
  trainingLoss: 0.5,
  protocol: 'CIFAR-10, 500 steps of 2 images × 64 accumulated, seed 1',
};

const madeMetrics = (): MetricsRecord[] => [
  ...Array.from({ length: 50 }, (_, i) => ({
    kind: 'train',
    step: 10 * (i + 1),
    loss: 2 / (i + 1) + 0.1 * Math.sin(7 * i),
    learningRate: 0.05 * (1 + Math.cos((Math.PI * i) / 50)),
    stepSeconds: 0.1,
    dataSeconds: 0.01,
  })),
  ...[0.5, 0.65, 0.75, 0.72, 0.7].map((top1, i) => ({
    kind: 'evaluation',
    step: 100 * (i + 1),
    top1,
    top5: (1 + top1) / 2,
    crossEntropy: 1.5 - top1,
  })),
];

/** Of each class five images are right, and two are taken for the next class. */
export const madeReport = (classes: readonly string[]): ClassificationReport => ({
  summary: madeSummary,
  protocol: { Network: 'ResNet-20', 'Images per forward pass': 2, Seed: 1 },
  metrics: madeMetrics(),
  inside: [],
  classes,
  confusion: Float64Array.from({ length: classes.length ** 2 }, (_, at) => {
    const [truth, prediction] = [Math.floor(at / classes.length), at % classes.length];
    return truth === prediction ? 5 : prediction === (truth + 1) % classes.length ? 2 : 0;
  }),
  environment: { Backend: 'tensorflow', Node: 'v20' },
  configuration: 'seed: 1\nrecipe: <wa+gn>',
});
