/** The curves of an adaptation run, from its metrics. */
import { VALIDATORS } from '@plumbline/adaptation';
import { metricPoints, type Curve, type MetricsRecord } from '@plumbline/training';

/** Read on white as well as on black; quiet, because it is no result of the run. */
const oracleColor = '#8a8f98';

const field = (record: MetricsRecord, group: string, name: string): unknown =>
  (record[group] as Readonly<Record<string, unknown>> | undefined)?.[name];

/** In the order of their first appearance. */
const namesIn = (metrics: readonly MetricsRecord[], kind: string, group: string): string[] => [
  ...new Set(
    metrics.flatMap((record) => (record.kind === kind ? Object.keys((record[group] ?? {}) as object) : [])),
  ),
];

const withPoints = (curves: readonly Curve[]): Curve[] =>
  curves.filter(({ series }) => series.some(({ points }) => points.length > 0));

/** Accuracies in percent, the target's named as what it is; loss, each of its terms, learning rate and times. */
export function trainingCurvesOf(metrics: readonly MetricsRecord[]): Curve[] {
  const noisy = (title: string, unit: string, read: (record: MetricsRecord) => unknown): Curve => ({
    title,
    unit,
    series: [{ name: title, style: 'noisy', points: metricPoints(metrics, 'train', read) }],
  });
  return withPoints([
    {
      title: 'Accuracy at each evaluation',
      unit: '%',
      series: [
        {
          name: 'source validation',
          style: 'measured',
          points: metricPoints(metrics, 'evaluation', (record) => record['sourceValidationAccuracy'], 100),
        },
        {
          name: 'target (oracle)',
          style: 'measured',
          color: oracleColor,
          points: metricPoints(metrics, 'evaluation', (record) => record['targetAccuracy'], 100),
        },
      ],
    },
    noisy('Training loss', 'all terms together', (record) => record['loss']),
    ...namesIn(metrics, 'train', 'terms').map((name) =>
      noisy(`Term: ${name}`, 'value', (record) => field(record, 'terms', name)),
    ),
    {
      title: 'Learning rate',
      unit: 'new layers',
      series: [
        {
          name: 'rate',
          style: 'line',
          points: metricPoints(metrics, 'train', (record) => record['learningRate']),
        },
      ],
    },
  ]);
}

/** What each validator scored at each evaluation; the accuracy of source validation is among the training curves. */
export const validatorCurves = (metrics: readonly MetricsRecord[]): Curve[] =>
  withPoints(
    VALIDATORS.filter(({ name }) => name !== 'sourceAccuracy').map(({ name, label }) => ({
      title: `${label.charAt(0).toUpperCase()}${label.slice(1)}`,
      unit: 'score',
      series: [
        {
          name: label,
          style: 'measured',
          points: metricPoints(metrics, 'evaluation', (record) => field(record, 'validators', name)),
        },
      ],
    })),
  );
