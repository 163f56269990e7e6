import { expect, it } from 'vitest';
import { progressLines } from './progress.ts';

it('prints a line at every tenth where there is no terminal', () => {
  const lines: string[] = [];
  const progress = progressLines('Downloading', (line) => lines.push(line));
  for (let done = 0; done <= 200; done++) progress.update(done * 1e6, 200e6);
  expect(lines).toHaveLength(11);
  expect(lines[0]).toMatch(/^Downloading: 0 of 200 MB, 0\.0 MB\/s$/);
  expect(lines[5]).toMatch(/^Downloading: 100 of 200 MB, \d+\.\d MB\/s, \d+ s left$/);
  expect(lines.at(-1)).toMatch(/^Downloading: 200 of 200 MB, \d+\.\d MB\/s$/);
});
