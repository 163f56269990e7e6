import { expect, it } from 'vitest';
import { stateOf } from './sweep-cell.ts';
import {
  csv,
  describeRunStates,
  failureFacts,
  formatChange,
  formatSpread,
  markdownTable,
  textTable,
  withoutScore,
} from './tables.ts';

it('writes a mean with its spread, and with n where runs are missing', () => {
  expect(formatSpread({ mean: 0.4234, sd: 0.0081, n: 3 }, 3)).toBe('42.3 ± 0.8');
  expect(formatSpread({ mean: 0.4234, sd: null, n: 1 }, 3)).toBe('42.3 (n = 1)');
  expect(formatSpread({ mean: 0.4234, sd: 0.0081, n: 3 }, 3, 2)).toBe('42.34 ± 0.81');
});

it('writes a change with its sign', () => {
  expect(formatChange({ mean: 0.032, sd: 0.008, n: 3 }, 3)).toBe('+3.2 ± 0.8');
  expect(formatChange({ mean: -0.004, sd: null, n: 1 }, 2, 2)).toBe('−0.40 (n = 1)');
});

it('says why there is no number: the worst of the runs', () => {
  const runs = (...states: Parameters<typeof withoutScore>[0][number]['state'][]) =>
    states.map((state) => ({ state }));
  expect(withoutScore(runs('waiting', 'not applicable'))).toBe('not applicable');
  expect(withoutScore(runs('stopped', 'diverged'))).toBe('diverged');
  expect(withoutScore(runs('waiting', 'stopped'))).toBe('unfinished');
  expect(withoutScore(runs('waiting'))).toBe('…');
  expect(describeRunStates(runs('finished', 'refused', 'waiting'))).toBe(
    '1 of 3 runs finished, 1 without a score',
  );
  const failure = { kind: 'diverged', reason: 'NaN.' } as const;
  expect(stateOf({ hasSummary: false, hasBegun: true, failure })).toBe('diverged');
  expect(stateOf({ hasSummary: true, hasBegun: true, failure })).toBe('finished');
  expect(stateOf({ hasSummary: false, hasBegun: true, failure: undefined })).toBe('stopped');
});

it('names the seeds of one reason together', () => {
  const run = { group: 'dann, bn', state: 'diverged', reason: 'NaN.' } as const;
  expect(
    failureFacts([
      { ...run, seed: 0 },
      { ...run, seed: 1, reason: 'Infinity.' },
      { ...run, seed: 2 },
      { ...run, seed: 3, reason: null },
    ]),
  ).toEqual({ 'dann, bn, seeds 0, 2': 'diverged: NaN.', 'dann, bn, seed 1': 'diverged: Infinity.' });
});

it('writes tables for a console, Markdown, and programs', () => {
  const table = { title: 'T', note: 'N.', head: ['method', 'bn'], rows: [['a|b', '1.0']] };
  expect(textTable(table)).toBe('method   bn\na|b     1.0');
  expect(markdownTable(table)).toBe('## T\n\nN.\n\n| method | bn |\n| --- | --: |\n| a\\|b | 1.0 |\n');
  expect(
    csv(
      ['a', 'b'],
      [
        ['x, "y"', null],
        [0.5, undefined],
      ],
    ),
  ).toBe('a,b\n"x, ""y""",\n0.5,\n');
});
