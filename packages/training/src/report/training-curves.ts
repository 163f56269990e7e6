// The curves of a run, from its metrics.

import type { MetricsRecord } from '../run-folder.ts';
import type { Curve, CurveSeries } from './curve.ts';
import { metricPoints } from './metric-points.ts';

/**
 * Loss, learning rate, scores and times of a run, as far as its metrics hold them: records of kind `train` as
 * `trainLoop` logs them, and of kind `evaluation` with `meanIoU` and `pixelAccuracy` in [0, 1].
 */
export function trainingCurves(
  metrics: readonly MetricsRecord[],
  reference?: { readonly label: string; readonly meanIoU: number },
): Curve[] {
  const series = (
    kind: string,
    field: string,
    name: string,
    style: CurveSeries['style'],
    factor = 1,
  ): CurveSeries => ({
    name,
    style,
    points: metricPoints(metrics, kind, (record) => record[field], factor),
  });
  const curves: Curve[] = [
    {
      title: 'Mean IoU on the validation images',
      unit: '%',
      series: [series('evaluation', 'meanIoU', 'mean IoU', 'measured', 100)],
      ...(reference && { reference: { label: reference.label, value: reference.meanIoU * 100 } }),
    },
    {
      title: 'Training loss',
      unit: 'mean over valid pixels',
      series: [series('train', 'loss', 'loss', 'noisy')],
    },
    { title: 'Learning rate', unit: 'backbone', series: [series('train', 'learningRate', 'rate', 'line')] },
    {
      title: 'Time of a step',
      unit: 'ms',
      series: [
        series('train', 'stepSeconds', 'computing', 'noisy', 1000),
        series('train', 'dataSeconds', 'waiting for data', 'noisy', 1000),
      ],
    },
  ];
  return curves.filter((curve) => curve.series.some(({ points }) => points.length > 0));
}
