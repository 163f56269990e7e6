// The points of a curve, from a run's metrics.

import type { MetricsRecord } from '../run-folder.ts';
import type { CurveSeries } from './curve.ts';

/** A number of each record of a kind, times `factor`, by step; of a step that was measured again the last one. */
export function metricPoints(
  metrics: readonly MetricsRecord[],
  kind: string,
  read: (record: MetricsRecord) => unknown,
  factor = 1,
): CurveSeries['points'] {
  const points = metrics.flatMap((record) => {
    const value = record.kind === kind ? read(record) : undefined;
    return typeof value === 'number' ? [[record.step, value * factor] as const] : [];
  });
  return [...new Map(points)];
}
