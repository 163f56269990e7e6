import { expect, it } from 'vitest';
import type { Case } from './protocol.ts';
import { median, spreadOf, takeTurns, type Contestant } from './take-turns.ts';

const CASE: Case = {
  task: 'training',
  network: 'deeplab',
  size: 65,
  batch: 1,
  recipe: 'bn',
  precision: 'float32',
};

/** A peer whose steps take `milliseconds`, as it says; its `failing`th one fails. */
const peer = (name: string, milliseconds: number, failing = Infinity): Contestant => ({
  name,
  case: CASE,
  command: [
    process.execPath,
    '--eval',
    `let done = 0;
    const answer = (value) => console.log(JSON.stringify(value));
    require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const { do: what, steps } = JSON.parse(line);
      console.log('a library prints');
      if (what === 'prepare')
        return answer({ answer: 'prepared', about: { Peer: '${name}' }, parameters: 7, flop: null });
      done += steps;
      if (done >= ${failing}) return answer({ answer: 'failed', reason: 'It had enough.' });
      answer({ answer: 'ran', milliseconds: Array(steps).fill(${milliseconds} + done), peakBytes: 5, problem: null });
    });`,
  ],
});

it('times the steps after the warm-up, in the order of the contestants', async () => {
  const results = await takeTurns([peer('a', 10), peer('b', 20)], { steps: 3, warmUp: 2 });
  expect(results).toMatchObject([
    { name: 'a', milliseconds: [13, 14, 15], parameters: 7, peakBytes: 5, problem: null },
    { name: 'b', milliseconds: [23, 24, 25], about: { Peer: 'b' } },
  ]);
});

it('goes on without a peer that fails, ends or cannot be started, and says why', async () => {
  const gone: Contestant = { name: 'gone', case: CASE, command: ['/no/such/program'] };
  const dying: Contestant = {
    name: 'dying',
    case: CASE,
    command: [process.execPath, '--eval', "console.error('out of luck'); process.exit(3)"],
  };
  const results = await takeTurns([peer('failing', 1, 3), gone, dying, peer('well', 1)], {
    steps: 2,
    warmUp: 1,
  });
  expect(results.map(({ milliseconds }) => milliseconds.length)).toEqual([0, 0, 0, 2]);
  expect(results.map(({ problem }) => problem)).toEqual([
    'It had enough.',
    expect.stringMatching(/^it could not be started \(.*ENOENT.*\)$/),
    'it ended with status 3; its last words: out of luck',
    null,
  ]);
});

it('takes medians and spreads between neighbours', () => {
  expect(median([4, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(median([])).toBeNaN();
  expect(spreadOf([1, 2, 3, 4, 5])).toBeCloseTo(2 / 3);
});
