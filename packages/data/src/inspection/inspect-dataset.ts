// The data set's doctor: looks at every file of its splits before a training does, and counts what the masks hold.
import { inspectSample, type SampleInspection, type SampleProblemKind } from './inspect-sample.ts';
import { defaultWorkers } from '../loading/loader.ts';
import type { SegmentationDataset } from '../datasets/segmentation-dataset.ts';
import { WorkerPool } from '../loading/worker-pool.ts';

/** Something that is wrong (error) or that somebody should know (warning). */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly kind:
    | SampleProblemKind
    | 'listed twice'
    | 'in two splits'
    | 'same picture in two splits'
    | 'same picture twice'
    | 'nothing labelled'
    | 'class without pixels';
  readonly split: string;
  /** The example it is about; null when it is about the whole split. */
  readonly id: string | null;
  /** One sentence that names what and where. */
  readonly message: string;
}

export interface SplitInspection {
  readonly split: string;
  readonly images: number;
  /** Images without an error of their own. */
  readonly soundImages: number;
  /** Of all masks that could be read. */
  readonly pixels: number;
  readonly voidPixels: number;
  /** Masks without any void pixel, as those of the Semantic Boundaries Dataset: they have no void borders. */
  readonly masksWithoutVoid: number;
  /** By class: its pixels, and the images that show it. */
  readonly classes: readonly { readonly name: string; readonly pixels: number; readonly images: number }[];
  /** Smallest and largest width and height of the pictures; null when none can be read. */
  readonly sizes: {
    readonly width: readonly [number, number];
    readonly height: readonly [number, number];
  } | null;
}

export interface DatasetInspection {
  readonly dataset: string;
  readonly splits: readonly SplitInspection[];
  /** Errors first, each split in the order of its list. */
  readonly findings: readonly Finding[];
}

export interface InspectOptions {
  /** Decoding threads; 0: none but this one. Default: as the loader. */
  workers?: number;
  onSample?: (done: number, total: number) => void;
  /** Raised: the inspection ends with the signal's reason. */
  signal?: AbortSignal;
}

type Split = Pick<SegmentationDataset, 'name' | 'split' | 'files' | 'classes' | 'ignoreLabel'>;

interface Inspected {
  readonly split: Split;
  readonly samples: readonly SampleInspection[];
}

/**
 * Decodes every file of the splits, the first of which is the one to train on. Does not throw for what is wrong with
 * the files: that is what the findings say.
 */
export async function inspectDataset(
  splits: readonly Split[],
  { workers = defaultWorkers(), onSample, signal }: InspectOptions = {},
): Promise<DatasetInspection> {
  const pool = workers === 0 ? null : new WorkerPool(workers);
  const total = splits.reduce((sum, { files }) => sum + files.length, 0);
  const wide = Math.max(1, 2 * workers);
  let done = 0;
  try {
    const inspected: Inspected[] = [];
    for (const split of splits) {
      const labels = { classCount: split.classes.length, ignoreLabel: split.ignoreLabel };
      const samples = await mapInTurn(split.files, wide, async (files) => {
        signal?.throwIfAborted();
        const task = { files, labels };
        const sample = await (pool === null ? inspectSample(task) : pool.inspect(task));
        onSample?.(++done, total);
        return sample;
      });
      inspected.push({ split, samples });
    }
    const findings = [
      ...inspected.flatMap(sampleFindings),
      ...inspected.flatMap(listedTwice),
      ...sharedIds(inspected),
      ...sharedPictures(inspected),
      ...absentClasses(inspected),
    ];
    return {
      dataset: splits[0]?.name ?? '',
      splits: inspected.map(summarize),
      findings: [
        ...findings.filter(({ severity }) => severity === 'error'),
        ...findings.filter(({ severity }) => severity === 'warning'),
      ],
    };
  } finally {
    await pool?.close();
  }
}

/** All results in order, at most `wide` of them in the making. */
async function mapInTurn<T, R>(
  items: readonly T[],
  wide: number,
  make: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await make(items[index] as T);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: wide }, lane));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return results;
}

function summarize({ split: { split, classes, ignoreLabel }, samples }: Inspected): SplitInspection {
  const tables = samples.flatMap(({ counts }) => (counts === null ? [] : [new Map(counts)]));
  const pixelsOf = (value: number): number => tables.reduce((sum, table) => sum + (table.get(value) ?? 0), 0);
  const sizes = samples.flatMap(({ size }) => size ?? []);
  const range = (lengths: number[]): [number, number] => [
    lengths.reduce((a, b) => Math.min(a, b)),
    lengths.reduce((a, b) => Math.max(a, b)),
  ];
  return {
    split,
    images: samples.length,
    soundImages: samples.filter(({ problems }) => problems.length === 0).length,
    pixels: tables.reduce((sum, table) => sum + [...table.values()].reduce((a, b) => a + b, 0), 0),
    voidPixels: pixelsOf(ignoreLabel),
    masksWithoutVoid: tables.filter((table) => !table.has(ignoreLabel)).length,
    classes: classes.map((name, index) => ({
      name,
      pixels: pixelsOf(index),
      images: tables.filter((table) => table.has(index)).length,
    })),
    sizes:
      sizes.length === 0
        ? null
        : { width: range(sizes.map(({ width }) => width)), height: range(sizes.map(({ height }) => height)) },
  };
}

const sampleFindings = ({ split: { split, ignoreLabel }, samples }: Inspected): Finding[] =>
  samples.flatMap(({ id, problems, counts }) => [
    ...problems.map(({ kind, message }): Finding => ({ severity: 'error', kind, split, id, message })),
    ...(counts?.length === 1 && counts[0]?.[0] === ignoreLabel
      ? [
          {
            severity: 'warning',
            kind: 'nothing labelled',
            split,
            id,
            message: `The mask of "${id}" in ${split} is void everywhere: nothing can be learnt from it.`,
          } as const,
        ]
      : []),
  ]);

function listedTwice({ split: { split, files } }: Inspected): Finding[] {
  const pictures = groupBy(files, ({ image }) => image);
  return [...pictures.values()].flatMap(([first, ...again]): Finding[] =>
    first === undefined || again.length === 0
      ? []
      : [
          {
            severity: 'error',
            kind: 'listed twice',
            split,
            id: first.id,
            message: `"${first.id}" is listed ${again.length + 1} times in ${split}: remove the other lines.`,
          },
        ],
  );
}

interface Place {
  readonly split: string;
  readonly id: string;
  readonly image: string;
  readonly digest: string | null;
}

const places = (inspected: readonly Inspected[]): Place[] =>
  inspected.flatMap(({ split: { split, files }, samples }) =>
    samples.map(({ id, digest }, index) => ({ split, id, digest, image: files[index]?.image ?? '' })),
  );

/** The same file in two splits. */
const sharedIds = (inspected: readonly Inspected[]): Finding[] =>
  [...groupBy(places(inspected), ({ image }) => image).values()].flatMap((same): Finding[] => {
    const [first] = same;
    const splits = [...new Set(same.map(({ split }) => split))];
    if (first === undefined || splits.length < 2) return [];
    return [
      {
        severity: 'error',
        kind: 'in two splits',
        split: first.split,
        id: first.id,
        message: `"${first.id}" is in ${splits.join(' and ')}: what is scored must not be trained on; take it out of one.`,
      },
    ];
  });

/** Files of other names with the same contents. */
const sharedPictures = (inspected: readonly Inspected[]): Finding[] =>
  [...groupBy(places(inspected), ({ digest }) => digest ?? '')].flatMap(([digest, all]): Finding[] => {
    const same = [...new Map(all.map((place) => [place.image, place])).values()];
    const [first] = same;
    if (digest === '' || first === undefined || same.length < 2) return [];
    const isLeak = new Set(same.map(({ split }) => split)).size > 1;
    const names = same.map(({ id, split }) => `"${id}" (${split})`).join(', ');
    return [
      {
        severity: isLeak ? 'error' : 'warning',
        kind: isLeak ? 'same picture in two splits' : 'same picture twice',
        split: first.split,
        id: first.id,
        message: `${names} are byte for byte the same picture: keep it in one place.`,
      },
    ];
  });

const absentClasses = (inspected: readonly Inspected[]): Finding[] =>
  inspected.flatMap((entry): Finding[] => {
    const { split, classes } = summarize(entry);
    const absent = classes.flatMap(({ name, pixels }) => (pixels === 0 ? [name] : []));
    if (absent.length === 0) return [];
    const consequence = entry === inspected[0] ? 'cannot be learnt' : 'have no score';
    const message = `No pixel of ${split} is labelled ${absent.join(', ')}: these classes ${consequence}.`;
    return [{ severity: 'warning', kind: 'class without pixels', split, id: null, message }];
  });

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
