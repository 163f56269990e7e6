import { afterEach, expect, it, vi } from 'vitest';
import type { TrainRecord } from '../train-loop.ts';
import { SweepEstimate } from './sweep-estimate.ts';

afterEach(() => vi.restoreAllMocks());

const [first, second, third] = [{ work: 1 }, { work: 1 }, { work: 2 }];

/** What is left after 10 of 100 steps, which took 10 seconds, of the first of three runs: the second takes as long, the third twice. */
function left(
  processes?: number,
  before: (estimate: SweepEstimate<typeof first>) => void = () => undefined,
): string {
  const now = vi.spyOn(performance, 'now').mockReturnValue(0);
  const estimate = new SweepEstimate([first, second, third], ({ work }) => work, processes);
  before(estimate);
  const clock = estimate.start(first, 10);
  const at = (step: number): TrainRecord => ({ step, totalSteps: 100 }) as TrainRecord;
  clock.left(at(10));
  now.mockReturnValue(10_000);
  return clock.left(at(10));
}

it('says how long all runs will take at the pace so far, and that several processes share it', () => {
  // By hand: 100 seconds a unit of work, of which 0.9 + 1 + 2 are left.
  expect(left()).toBe('6m30s');
  expect(left(2)).toBe('3m15s');
});

it('leaves out runs that another process is at, unless that has stopped', () => {
  // By hand: of 100 seconds a unit, 0.9 + 2 and, where the other has stopped, 0.9 + 1 + 2.
  expect(
    left(1, (estimate) => {
      estimate.pass(second);
    }),
  ).toBe('4m50s');
  expect(
    left(1, (estimate) => {
      estimate.pass(first);
    }),
  ).toBe('6m30s');
});
