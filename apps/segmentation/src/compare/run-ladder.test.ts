// A ladder of four small runs, one of which a recipe refuses and one of which diverges; then two of them again, interrupted.
import { tf } from '@plumbline/runtime';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stoppedWhen } from '../testing/stopped-when.ts';
import { SAMPLE, TINY } from '../testing/tiny-voc.ts';
import { ladderCells } from './cells.ts';
import { ComparisonFolder } from './comparison-folder.ts';
import type { Ladder } from './ladder.ts';
import { readResults, type RunResult } from './results.ts';
import { runLadder } from './run-ladder.ts';
import { writeComparison } from './write-comparison.ts';

const FAIRNESS = { images: null, scaleRate: false };
const GN: Ladder = {
  entries: [{ label: 'gn', set: ['model.recipe=gn'], perBatch: {} }],
  batch: [1, 2],
  seeds: [0],
};
const LADDER: Ladder = {
  ...GN,
  entries: [
    { label: 'bn', set: ['model.recipe=bn'], perBatch: {}, batch: [1] },
    ...GN.entries,
    {
      label: 'too fast',
      set: ['model.recipe=gn', 'optimizer.learningRate=1e30', 'train.evaluateEvery=1'],
      perBatch: {},
      batch: [1],
    },
  ],
};

let folder = '';
let whole: ComparisonFolder;
let tensors: number[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
  whole = await begin('whole', LADDER);
  const before = tf.memory().numTensors;
  tensors = [before];
  const isDone = await go(
    whole,
    LADDER,
    () => false,
    () => tensors.push(tf.memory().numTensors),
  );
  expect(isDone).toBe(true);
});
afterAll(() => rm(folder, { recursive: true }));

const cellsOf = (ladder: Ladder, ...set: string[]): ReturnType<typeof ladderCells> =>
  ladderCells({ set: [...TINY, `data.root=${SAMPLE}`, ...set] }, ladder, FAIRNESS);

async function begin(name: string, ladder: Ladder, ...set: string[]): Promise<ComparisonFolder> {
  const comparison = new ComparisonFolder(join(folder, name));
  await comparison.begin({
    fairness: FAIRNESS,
    entries: ladder.entries,
    cells: await cellsOf(ladder, ...set),
  });
  return comparison;
}

/** Goes on with a ladder until it ends, or says something that `stopAt` knows; whether it came to its end. */
async function go(
  comparison: ComparisonFolder,
  ladder: Ladder,
  stopAt: (line: string) => boolean = () => false,
  onRun: () => void = () => undefined,
): Promise<boolean> {
  return runLadder({
    cells: await cellsOf(ladder),
    folder: comparison,
    ...stoppedWhen(stopAt),
    onRun: () => {
      onRun();
      return Promise.resolve();
    },
  });
}

/** All that does not depend on the time it took. */
const scores = (runs: readonly RunResult[]): unknown =>
  runs.map(({ id, state, reason, summary, metrics }) => ({
    id,
    state,
    reason,
    meanIoU: summary?.meanIoU,
    pixelAccuracy: summary?.pixelAccuracy,
    losses: metrics.map(({ kind, step, loss }) => [kind, step, loss]),
  }));

it('gives every run a result, or the reason why there is none', async () => {
  const { runs } = await readResults(whole);
  expect(runs.map(({ id, state }) => [id, state])).toEqual([
    ['bn-b1-s0', 'refused'],
    ['gn-b1-s0', 'finished'],
    ['too-fast-b1-s0', 'diverged'],
    ['gn-b2-s0', 'finished'],
  ]);
  expect(runs[0]?.reason).toMatch(/^model\.recipe bn cannot normalize the image-pooling branch.*set model\./);
  expect(runs[2]?.reason).toMatch(/^The loss of step \d is (NaN|Infinity) at learning rate/);
  expect(runs[3]?.summary?.meanIoU).toBeGreaterThan(0);
  await writeComparison(whole);
  const table = await readFile(whole.file('compare.md'), 'utf8');
  expect(table).toContain('| bn | refused | – |');
  expect(table).toContain('| too fast | diverged | – |');
  expect(table).toMatch(/\*\*too fast, 1 image per step, seed 0:\*\* diverged: The loss of step/);
});

it('leaves no tensor of one run to the next', () => {
  expect(new Set(tensors).size).toBe(1);
});

it('goes on where it was stopped, with the same results', async () => {
  const stopped = await begin('stopped', GN);
  expect(await go(stopped, GN, (line) => line.includes('step 2/4'))).toBe(false);
  expect((await readResults(stopped)).runs.map(({ state }) => state)).toEqual(['stopped', 'waiting']);
  // Once more when the run that went on is done, and then to the end.
  expect(await go(stopped, GN, (line) => line.startsWith('run 2 of 2'))).toBe(false);
  const first = join(stopped.run('gn-b1-s0'), 'summary.json');
  const { mtimeMs } = await stat(first);
  expect(await go(stopped, GN)).toBe(true);
  expect((await stat(first)).mtimeMs).toBe(mtimeMs);
  const { runs } = await readResults(whole);
  expect(scores((await readResults(stopped)).runs)).toEqual(
    scores(runs.filter(({ label }) => label === 'gn')),
  );
});

it('may grow by seeds, and keeps what it has', async () => {
  const larger = { ...LADDER, seeds: [0, 1] };
  await begin('whole', larger);
  const { runs } = await readResults(whole);
  expect(runs.map(({ state }) => state).slice(0, 4)).not.toContain('waiting');
  expect(runs.slice(4).every(({ state }) => state === 'waiting')).toBe(true);
  await begin('whole', LADDER);
});

it('refuses other options than those its runs were made with, and says which', async () => {
  await expect(begin('whole', LADDER, 'optimizer.power=1')).rejects.toThrow(
    /whole holds a comparison with another configuration: in bn-b1-s0 optimizer\.power was 0\.9, now 1: use the former options, or choose another --out\.$/,
  );
  const smaller = { ...LADDER, entries: LADDER.entries.slice(1) };
  await expect(begin('whole', smaller)).rejects.toThrow(
    /whole holds a comparison with runs that this ladder leaves out \(bn-b1-s0\): name them too, or choose/,
  );
});

it('stops at what would stop every run, before the first', async () => {
  const typo: Ladder = { ...LADDER, entries: [{ label: 'x', set: ['model.recipe=wb'], perBatch: {} }] };
  await expect(go(await begin('typo', typo), typo)).rejects.toThrow(/^There is no normalization recipe "wb"/);
  const lost: Ladder = { ...GN, entries: [{ label: 'x', set: ['model.weights=lost.file'], perBatch: {} }] };
  await expect(go(await begin('lost', lost), lost)).rejects.toThrow(
    /^The weights lost\.file cannot be read; check the path\.$/,
  );
});
