// The data set's doctor: looks at every file of its splits before a training does, and counts what the masks hold.
import { findingsOf, type Finding } from './findings.ts';
import { inspectSample, type SampleInspection } from './inspect-sample.ts';
import { summarize, type InspectedSplit, type Split, type SplitInspection } from './split-inspection.ts';
import { inLanes } from '../in-lanes.ts';
import { defaultWorkers } from '../loading/batch-stream.ts';
import { WorkerPool } from '../loading/worker-pool.ts';

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
    const inspected: InspectedSplit[] = [];
    for (const split of splits) {
      const labels = { classCount: split.classes.length, ignoreLabel: split.ignoreLabel };
      const samples: SampleInspection[] = [];
      await inLanes(split.files.entries(), wide, async ([index, files]) => {
        signal?.throwIfAborted();
        const task = { files, labels };
        samples[index] = await (pool === null ? inspectSample(task) : pool.inspect(task));
        onSample?.(++done, total);
      });
      inspected.push({ split, samples });
    }
    return {
      dataset: splits[0]?.name ?? '',
      splits: inspected.map(summarize),
      findings: findingsOf(inspected),
    };
  } finally {
    await pool?.close();
  }
}
