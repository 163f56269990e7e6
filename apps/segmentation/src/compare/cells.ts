/** The runs of a ladder: one configuration for every entry, number of images per step and seed. */
import { assignmentPath, refuseDecided as refuse, type ConfigSources } from '@plumbline/training/config';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { folderName, type Ladder, type LadderEntry } from './ladder.ts';

/** How runs of unequal batches are made comparable. */
export interface Fairness {
  /** Images that every run sees; null: every run makes the configuration's steps. */
  images: number | null;
  /** Whether the learning rate is proportional to the images per step. */
  scaleRate: boolean;
}

/** One run of a ladder. */
export interface Cell {
  /** Name of its run folder. */
  id: string;
  label: string;
  batchSize: number;
  seed: number;
  config: Config;
}

/** `2 images per step` */
export const perStep = (batchSize: number): string =>
  `${batchSize} image${batchSize === 1 ? '' : 's'} per step`;

/** `wa+gn, 2 images per step, seed 0` */
export const describeCell = ({
  label,
  batchSize,
  seed,
}: Pick<Cell, 'label' | 'batchSize' | 'seed'>): string => `${label}, ${perStep(batchSize)}, seed ${seed}`;

/** What a ladder decides itself: saying it elsewhere would do nothing. */
function refuseDecided(set: readonly string[], { entries }: Ladder): void {
  const own = entries.flatMap((entry) => [...entry.set, ...Object.values(entry.perBatch).flat()]);
  refuse([...set, ...own], { seed: '--seeds' }, 'ladder');
  refuse(own, { 'train.batchSize': 'batch' }, 'ladder');
  const haveRecipes = entries.every((entry) =>
    entry.set.some((text) => assignmentPath(text) === 'model.recipe'),
  );
  if (haveRecipes) refuse(set, { 'model.recipe': 'the ladder, or --recipes,' }, 'ladder');
}

/** Assignments that follow from the number of images per step. */
function atBatch(config: Config, batchSize: number, { images, scaleRate }: Fairness): string[] {
  const { train, optimizer } = config;
  const set = [`train.batchSize=${batchSize}`];
  if (images !== null) {
    const steps = Math.max(1, Math.round(images / (batchSize * train.accumulate)));
    // What is counted in steps keeps its share of the run.
    const scaled = (count: number): number => Math.round((count * steps) / train.steps);
    set.push(
      `train.steps=${steps}`,
      `optimizer.warmup=${scaled(optimizer.warmup)}`,
      `train.evaluateEvery=${Math.max(1, scaled(train.evaluateEvery))}`,
      `train.checkpointEvery=${Math.max(1, scaled(train.checkpointEvery))}`,
    );
  }
  if (scaleRate) set.push(`optimizer.learningRate=${(optimizer.learningRate * batchSize) / train.batchSize}`);
  return set;
}

async function configOf(
  sources: ConfigSources,
  entry: LadderEntry,
  batchSize: number,
  fairness: Fairness,
): Promise<Config> {
  const set = [...(sources.set ?? []), ...entry.set];
  const base = await loadConfig({ ...sources, set });
  return loadConfig({
    ...sources,
    set: [...set, ...atBatch(base, batchSize, fairness), ...(entry.perBatch[batchSize] ?? [])],
  });
}

/**
 * All runs of a ladder in the order in which they are made: every entry at every batch size with the first seed, then with the
 * next, so that a ladder that is not finished has a table already.
 *
 * @throws if a configuration is not valid, before anything is trained.
 */
export async function ladderCells(
  sources: ConfigSources,
  ladder: Ladder,
  fairness: Fairness,
): Promise<Cell[]> {
  refuseDecided(sources.set ?? [], ladder);
  const cells: Cell[] = [];
  for (const batchSize of new Set([...ladder.batch, ...ladder.entries.flatMap(({ batch = [] }) => batch)])) {
    for (const entry of ladder.entries) {
      if (!(entry.batch ?? ladder.batch).includes(batchSize)) continue;
      const config = await configOf(sources, entry, batchSize, fairness);
      for (const seed of ladder.seeds) {
        const id = `${folderName(entry.label)}-b${batchSize}-s${seed}`;
        cells.push({ id, label: entry.label, batchSize, seed, config: { ...config, seed } });
      }
    }
  }
  const order = (seed: number): number => ladder.seeds.indexOf(seed);
  return cells.sort((a, b) => order(a.seed) - order(b.seed));
}
