import { expect, it } from 'vitest';
import { metricPoints } from './metric-points.ts';

const metrics = [
  { kind: 'train', step: 1, loss: 2 },
  { kind: 'evaluation', step: 1, top1: 0.5, top5: null },
  { kind: 'train', step: 2, loss: 1 },
  // Measured again by a run that went back.
  { kind: 'train', step: 2, loss: 0.5 },
];
it('are the numbers of a kind of record by step, of a step that was measured again the last one', () => {
  expect(metricPoints(metrics, 'train', (record) => record['loss'])).toEqual([
    [1, 2],
    [2, 0.5],
  ]);
  expect(metricPoints(metrics, 'evaluation', (record) => record['top1'], 100)).toEqual([[1, 50]]);
});

it('are none where nothing was measured', () => {
  expect(metricPoints(metrics, 'evaluation', (record) => record['top5'])).toEqual([]);
  expect(metricPoints(metrics, 'none', (record) => record['loss'])).toEqual([]);
});
