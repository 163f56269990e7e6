/** The benchmark's command line. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PRECISIONS, type Precision } from './protocol.ts';

const ROOT = join(import.meta.dirname, '../..');
export const PERFORMANCE = join(ROOT, 'docs/performance.md');

/** Who trains DeepLab. */
export const PEERS = ['eager', 'captured', 'recomputed', 'torch', 'torch-compile'] as const;
export type PeerName = (typeof PEERS)[number];

export const PARTS = ['training', 'recipes', 'stock', 'inference', 'loader'] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  readonly sizes: readonly number[];
  readonly batches: readonly number[];
  readonly precisions: readonly Precision[];
  readonly peers: readonly PeerName[];
  readonly parts: readonly Part[];
  readonly steps: number;
  readonly warmUp: number;
  /** Folder of VOC2012 that the loader reads. */
  readonly data: string;
  readonly python: string;
  /** Whether PyTorch's SGD updates all weights in one pass, which is not its default on a CPU. */
  readonly fusedSgd: boolean;
  /** File for the tables; null: only the screen. */
  readonly out: string | null;
  /** Save after every row; otherwise only when all is done. */
  readonly savesOften: boolean;
}

const DEFAULTS = {
  sizes: '129,257,513',
  batches: '1,2',
  precisions: PRECISIONS.join(','),
  peers: PEERS.join(','),
  parts: PARTS.join(','),
  steps: '9',
} as const;

function wholeNumbers(option: string, text: string): number[] {
  return text.split(',').map((word) => {
    const value = Number(word);
    if (Number.isInteger(value) && value > 0) return value;
    throw new Error(`--${option} got "${word}"; give whole numbers above 0, with commas between them.`);
  });
}

function namesOf<Name extends string>(option: string, text: string, names: readonly Name[]): Name[] {
  return text.split(',').map((word) => {
    const found = names.find((name) => name === word);
    if (found !== undefined) return found;
    throw new Error(`--${option} got "${word}"; give some of ${names.join(', ')}, with commas between them.`);
  });
}

/** @throws one sentence about an option that cannot be. */
export function readOptions(args: readonly string[]): BenchOptions {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      sizes: text,
      batches: text,
      precisions: text,
      peers: text,
      parts: text,
      steps: text,
      'warm-up': { ...text, default: '3' },
      data: { ...text, default: join(ROOT, 'data/sample/VOC2012') },
      python: { ...text, default: 'python3' },
      'fused-sgd': { type: 'boolean', default: false },
      out: text,
      write: { type: 'boolean', default: false },
    },
  });
  const given = Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[];
  const narrowed = given.filter((name) => values[name] !== undefined && values[name] !== DEFAULTS[name]);
  if (values.write && narrowed.length > 0) {
    throw new Error(
      `--write replaces the tables of docs/performance.md and takes a whole run, but this one has --${narrowed.join(', --')}: ` +
        'leave that out, or name another file with --out.',
    );
  }
  if (values.write && values.out !== undefined) throw new Error('Give --write or --out, not both.');
  const valueOf = (name: keyof typeof DEFAULTS): string => values[name] ?? DEFAULTS[name];
  const sizes = wholeNumbers('sizes', valueOf('sizes'));
  const odd = sizes.find((size) => size % 32 !== 1);
  if (odd !== undefined) {
    throw new Error(`--sizes got ${odd}; give sizes of the form 32·k + 1, at which all peers pad alike.`);
  }
  return {
    sizes,
    batches: wholeNumbers('batches', valueOf('batches')),
    precisions: namesOf('precisions', valueOf('precisions'), PRECISIONS),
    peers: namesOf('peers', valueOf('peers'), PEERS),
    parts: namesOf('parts', valueOf('parts'), PARTS),
    steps: wholeNumbers('steps', valueOf('steps'))[0] ?? 9,
    warmUp: wholeNumbers('warm-up', values['warm-up'])[0] ?? 3,
    data: values.data,
    python: values.python,
    fusedSgd: values['fused-sgd'],
    out: values.write ? PERFORMANCE : (values.out ?? null),
    savesOften: !values.write,
  };
}
