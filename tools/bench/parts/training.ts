/** Steps of training, ours and PyTorch's: time, memory, and the time to the first one. */
import {
  CASE_COLUMNS,
  caseCells,
  casesOf,
  compete,
  onNode,
  onTorch,
  TITLES,
  type Bench,
} from '../contestants.ts';
import { flopPerSecond } from '../limit.ts';
import type { PeerName } from '../options.ts';
import type { Case } from '../protocol.ts';
import { gigabytes, milliseconds, perSecond, ratio, seconds, share } from '../table.ts';
import { median, type Contestant, type Result } from '../take-turns.ts';

/** Products of matrices take turns with the steps, so that a busy machine lowers its peak as well. */
const LIMITS = ['TensorFlow.js, matrix product', 'PyTorch, matrix product'] as const;

/** Operation by operation, TensorFlow.js has no bfloat16. */
const takesPart = (peer: PeerName, { precision }: Case): boolean =>
  peer !== 'eager' || precision === 'float32';

function contestants(bench: Bench, peers: readonly PeerName[], of: Case): Contestant[] {
  const { options, hasTorch } = bench;
  const start: Readonly<Record<PeerName, () => Contestant>> = {
    eager: () => onNode(TITLES.eager, of, 'eager'),
    captured: () => onNode(TITLES.captured, of, 'captured'),
    recomputed: () => onNode(TITLES.recomputed, of, 'recomputed'),
    torch: () => onTorch(TITLES.torch, of, 'eager', options),
    'torch-compile': () => onTorch(TITLES['torch-compile'], of, 'compile', options),
  };
  return [
    ...peers.filter((peer) => takesPart(peer, of)).map((peer) => start[peer]()),
    onNode(LIMITS[0], of, 'limit'),
    ...(hasTorch ? [onTorch(LIMITS[1], of, 'limit', options)] : []),
  ];
}

/** @throws if two peers train networks of different size. */
export function requireSameParameters(results: Iterable<Result>): void {
  const counts = [...results].filter(({ parameters }) => parameters !== null);
  const [first] = counts;
  const other = counts.find(({ parameters }) => parameters !== first?.parameters);
  if (first === undefined || other === undefined) return;
  throw new Error(
    `${first.name} trains ${first.parameters} values and ${other.name} ${other.parameters}: they are not the same network, and ` +
      'their times say nothing about each other.',
  );
}

export async function training(bench: Bench): Promise<void> {
  const { options, document, hasTorch } = bench;
  const peers = options.peers.filter((peer) => hasTorch || !peer.startsWith('torch'));
  const columns = peers.map((peer) => TITLES[peer]);
  const bases = peers.filter((peer) => peer !== 'captured');
  const own = peers.includes('captured') ? 'captured' : peers[0];
  if (own === undefined) return;
  const ratios = bases.filter((peer) => peer !== own).map((peer) => `${TITLES[own]} ÷ ${TITLES[peer]}`);
  const network =
    'DeepLabv3 on ResNet-50, output stride 16, 21 classes, batch norm (none on the pooled branch at batch 1)';
  const addTime = document.table(
    'A training step',
    `Milliseconds: forward, backward and SGD with momentum and decay. ${network}. Recomputed: captured, and the activations of residual ` +
      `blocks computed twice. Medians of ${options.steps} steps after ` +
      `${options.warmUp}, in turns. GFLOP: all convolutions by their definition, backward twice forward. The peak is that of a ` +
      'product of 2048×2048 matrices in float32, the fastest of the same turns; algorithms that multiply less can pass it.',
    [
      ...CASE_COLUMNS,
      ...columns,
      ...ratios,
      'GFLOP',
      'peak GFLOP/s',
      ...columns.map((name) => `${name} of peak`),
    ],
  );
  const addMemory = document.table(
    'Peak memory',
    'Gigabytes resident at most, of a process that has trained nothing else.',
    [...CASE_COLUMNS, ...columns, ...ratios],
  );
  const addStart = document.table(
    'Time to the first step',
    'Seconds from the start of the process, imports, building and compilation included, with no cache of an earlier one.',
    [...CASE_COLUMNS, ...columns, ...ratios],
  );
  for (const of of casesOf(
    bench,
    { task: 'training', network: 'deeplab', recipe: 'bn' },
    options.precisions,
  )) {
    const results = await compete(bench, contestants(bench, peers, of));
    requireSameParameters(results.values());
    const values = (read: (result: Result) => number): number[] =>
      peers.map((peer) => {
        const result = results.get(TITLES[peer]);
        return result === undefined || result.milliseconds.length === 0 ? NaN : read(result);
      });
    const quotients = (of: readonly number[]): string[] => {
      const mine = of[peers.indexOf(own)] ?? NaN;
      return of.flatMap((value, k) => (peers[k] === own ? [] : [ratio(mine, value)]));
    };
    const times = values((result) => median(result.milliseconds));
    const memory = values((result) => result.peakBytes);
    const starts = values((result) => result.firstStepSeconds);
    const peak = Math.max(...LIMITS.flatMap((name) => peakOf(results.get(name))));
    const flop = results.get(LIMITS[0])?.flop ?? NaN;
    await addTime([
      ...caseCells(of),
      ...times.map(milliseconds),
      ...quotients(times),
      perSecond(flop / 1e9),
      perSecond(peak / 1e9),
      ...times.map((time) => share(flop / (time / 1000) / peak)),
    ]);
    await addMemory([...caseCells(of), ...memory.map(gigabytes), ...quotients(memory)]);
    await addStart([...caseCells(of), ...starts.map(seconds), ...quotients(starts)]);
    const counted = [...results.values()].filter(({ parameters }) => parameters !== null);
    const [first] = counted;
    if (first === undefined) continue;
    document.addFacts({
      [`Trainable values at batch ${of.batch}`]: `${first.parameters} (${counted.map(({ name }) => name).join(', ')})`,
    });
  }
}

const peakOf = (result: Result | undefined): number[] =>
  result === undefined || result.milliseconds.length === 0 ? [] : [flopPerSecond(result.milliseconds)];
