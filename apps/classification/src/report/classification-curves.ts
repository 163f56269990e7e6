/** The curves of a classification run, from its metrics. */
import { metricPoints, type Curve, type CurveSeries, type MetricsRecord } from '@plumbline/training';

/** Accuracies in percent, losses, learning rate and times. */
export function classificationCurves(metrics: readonly MetricsRecord[]): Curve[] {
  const series = (
    name: string,
    style: CurveSeries['style'],
    [kind, field]: readonly [kind: 'train' | 'evaluation', field: string],
    factor = 1,
  ): CurveSeries => ({ name, style, points: metricPoints(metrics, kind, (record) => record[field], factor) });
  const curves: Curve[] = [
    {
      title: 'Accuracy on the test images',
      unit: '%',
      series: [
        series('top-1', 'measured', ['evaluation', 'top1'], 100),
        series('top-5', 'measured', ['evaluation', 'top5'], 100),
      ],
    },
    {
      title: 'Cross-entropy',
      unit: 'mean over images',
      series: [
        series('training', 'noisy', ['train', 'loss']),
        series('test', 'measured', ['evaluation', 'crossEntropy']),
      ],
    },
    { title: 'Learning rate', unit: 'rate', series: [series('rate', 'line', ['train', 'learningRate'])] },
    {
      title: 'Time of a step',
      unit: 'ms',
      series: [
        series('computing', 'noisy', ['train', 'stepSeconds'], 1000),
        series('waiting for data', 'noisy', ['train', 'dataSeconds'], 1000),
      ],
    },
  ];
  return curves
    .map((curve) => ({ ...curve, series: curve.series.filter(({ points }) => points.length > 0) }))
    .filter((curve) => curve.series.length > 0);
}
