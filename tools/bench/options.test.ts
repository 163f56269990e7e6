import { expect, it } from 'vitest';
import { PERFORMANCE, readOptions } from './options.ts';

it('runs everything, on the screen alone, unless told otherwise', () => {
  expect(readOptions([])).toMatchObject({ sizes: [129, 257, 513], batches: [1, 2], steps: 9, out: null });
  expect(readOptions(['--write'])).toMatchObject({ out: PERFORMANCE, savesOften: false });
  expect(readOptions(['--sizes', '65', '--out', 'a.md'])).toMatchObject({ sizes: [65], out: 'a.md' });
});

it.each([
  [
    ['--write', '--sizes', '65', '--steps', '2'],
    /whole run, but this one has --sizes, --steps: leave that out/,
  ],
  [['--write', '--out', 'a.md'], /Give --write or --out, not both/],
  [['--sizes', '64'], /--sizes got 64; give sizes of the form 32·k \+ 1/],
  [['--batches', '1,two'], /--batches got "two"; give whole numbers above 0/],
  [
    ['--peers', 'keras'],
    /--peers got "keras"; give some of eager, captured, recomputed, torch, torch-compile/,
  ],
])('refuses %j', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});
