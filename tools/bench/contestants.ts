/** Who can take part: how each is started, and what it is called in tables. */
import { execFile } from 'node:child_process';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BenchDocument } from './document.ts';
import type { BenchOptions, PeerName } from './options.ts';
import type { Case, Precision } from './protocol.ts';
import { share } from './table.ts';
import { spreadOf, takeTurns, type Contestant, type Result } from './take-turns.ts';

const PEERS = join(import.meta.dirname, 'peers');

export const TITLES: Readonly<Record<PeerName, string>> = {
  eager: 'eager',
  captured: 'captured',
  recomputed: 'recomputed',
  torch: 'PyTorch',
  'torch-compile': 'torch.compile',
};

/** One run of the benchmark. */
export interface Bench {
  readonly options: BenchOptions;
  readonly document: BenchDocument;
  /** Whether `options.python` has PyTorch. */
  readonly hasTorch: boolean;
}

/** A peer in a Node that was started as this one was. */
export const onNode = (name: string, of: Case, ...args: readonly string[]): Contestant => ({
  name,
  command: [process.execPath, ...process.execArgv, join(PEERS, 'main.ts'), ...args],
  case: of,
});

export const onTorch = (
  name: string,
  of: Case,
  mode: 'eager' | 'compile' | 'limit',
  { python, fusedSgd }: BenchOptions,
): Contestant => ({
  name,
  command: [python, join(PEERS, 'torch_peer.py'), mode, ...(fusedSgd ? ['fused'] : [])],
  // The time to the first step would be that of an earlier run's cache.
  environment: { TORCHINDUCTOR_FORCE_DISABLE_CACHES: '1', PYTHONWARNINGS: 'ignore' },
  case: of,
});

export async function findTorch(python: string): Promise<boolean> {
  try {
    await promisify(execFile)(python, ['-c', 'import torch']);
    return true;
  } catch {
    return false;
  }
}

/** Load a core from which on the machine is busy. */
const BUSY = 0.5;

/** Spread of the middle half, of the median, from which on it is told. */
const WIDE = 0.2;

/** Lets them take turns and writes down what they say of themselves; results are by name. */
export async function compete(
  { options, document }: Bench,
  contestants: readonly Contestant[],
): Promise<ReadonlyMap<string, Result>> {
  const { steps, warmUp } = options;
  const say = (line: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
  };
  const results = await takeTurns(contestants, { steps, warmUp, say });
  say('');
  for (const { name, about, problem, milliseconds } of results) {
    document.addFacts(about);
    const of = contestants.find((contestant) => contestant.name === name)?.case;
    if (of === undefined) continue;
    const where = `${name} (${of.network}, ${of.recipe}, ${of.size} px, batch ${of.batch}, ${of.precision})`;
    if (problem !== null) document.remark(`${where}: ${problem}`);
    const spread = spreadOf(milliseconds);
    if (spread > WIDE) {
      document.remark(
        `${where}: the middle half of its steps is spread over ${share(spread)} of their median.`,
      );
    }
  }
  return new Map(results.map((result) => [result.name, result]));
}

/** Every case of a part, smallest first; in float32 unless the part has more. */
export const casesOf = (
  { options }: Bench,
  common: Pick<Case, 'task' | 'network' | 'recipe'>,
  precisions: readonly Precision[] = ['float32'],
): Case[] =>
  precisions.flatMap((precision) =>
    options.sizes.flatMap((size) => options.batches.map((batch) => ({ ...common, size, batch, precision }))),
  );

export const CASE_COLUMNS = ['pixels', 'batch', 'precision'] as const;
export const caseCells = ({ size, batch, precision }: Case): string[] => [
  `${size}²`,
  String(batch),
  precision,
];

/** Says when something else keeps the processor busy: it slows peers unlike, those most whose threads wait for each other. */
export function remarkLoad(document: BenchDocument): void {
  const [load = 0] = loadavg();
  const cores = availableParallelism();
  if (load < BUSY * cores) return;
  document.remark(
    `The machine was busy when this began (load ${load.toFixed(1)} on ${cores} cores): the ratios may be far from those of a quiet one.`,
  );
}
