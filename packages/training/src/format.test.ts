import { expect, it } from 'vitest';
import { formatDuration, percent } from './format.ts';

it('writes shares as percentages, and an undefined one as a dash', () => {
  expect([percent(0.4237), percent(0), percent(1, 0), percent(null)]).toEqual([
    '42.4 %',
    '0.0 %',
    '100 %',
    '–',
  ]);
});

it('writes durations short', () => {
  expect([0.4, 59, 61, 3700, 100000].map(formatDuration)).toEqual(['0s', '59s', '1m01s', '1h01m', '1d03h']);
});
