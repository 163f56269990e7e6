/** The runs of a study: one configuration for every recipe, way of taking its images, and seed. */
import type { SweepCell } from '@plumbline/training';
import { refuseDecided, type ConfigSources } from '@plumbline/training/config';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { recipeOf } from '../network/build-network.ts';
import { gradientBatch, passesAt, type Passes, type StudyProtocol } from './protocols.ts';
import { isBatchFree } from './recipes.ts';

/** What a study crosses; the first of each is the first in tables. */
export interface StudyGrid {
  readonly protocols: readonly StudyProtocol[];
  readonly recipes: readonly string[];
  readonly batches: readonly number[];
  readonly seeds: readonly number[];
}

/** A column of one of the tables. */
export interface StudyPlace {
  readonly protocol: StudyProtocol;
  readonly batch: number;
}

/** One run of a study. */
export interface Cell extends SweepCell<Config>, Passes {
  readonly recipe: string;
  readonly seed: number;
  /** Where it stands: in several places where what they ask for is the same run. */
  readonly places: readonly StudyPlace[];
}

/** `wa+gn, 8 × 8 images per step, seed 0` */
export const describeCell = ({
  recipe,
  batchSize,
  accumulate,
  seed,
}: Pick<Cell, 'recipe' | 'batchSize' | 'accumulate' | 'seed'>): string => {
  const images =
    accumulate === 1
      ? `${batchSize} image${batchSize === 1 ? '' : 's'}`
      : `${accumulate} × ${batchSize} images`;
  return `${recipe}, ${images} per step, seed ${seed}`;
};

const passesOf = (batchFree: boolean, { protocol, batch }: StudyPlace, images: number): Passes => {
  const passes = passesAt(protocol, batch, images);
  return protocol === 'normalization' && batchFree ? { batchSize: images, accumulate: 1 } : passes;
};

/** In no unit: a forward pass takes the time of some images whatever it holds, and a run passes its images once an epoch. */
export const workOf = ({ batchSize, config }: Pick<Cell, 'batchSize' | 'config'>): number =>
  config.train.epochs * (1 + 4 / batchSize);

const DECIDED: Readonly<Record<string, string>> = { seed: '--seeds', 'model.recipe': '--recipes' };

function refuseIdle(set: readonly string[], { protocols }: StudyGrid): void {
  const isOptimizerAlone = !protocols.includes('normalization');
  const passes = { 'train.batchSize': '--batches', 'train.accumulate': '--batches' };
  refuseDecided(set, isOptimizerAlone ? { ...DECIDED, ...passes } : DECIDED, 'study');
}

function refuseFixedRate({ optimizer }: Config, { protocols }: StudyGrid): void {
  if (optimizer.ratePerImages !== null || !protocols.includes('optimizer')) return;
  throw new Error(
    'optimizer.ratePerImages is null, and the learning rate of the protocol optimizer is proportional to the images of a step: ' +
      'set it to the images that optimizer.learningRate is meant for, or use --protocols normalization.',
  );
}

/**
 * All runs of a study in the order in which they are made: those with the first seed first, so that a study that is not
 * finished has a table already, and the cheap ones, of many images at a time, before the dear ones.
 *
 * @param from the base configuration, whose step has the images of every step of the protocol `normalization`.
 * @throws with one sentence if a configuration is not valid, or there is no such recipe, before anything is trained.
 */
export async function studyCells(from: ConfigSources, grid: StudyGrid): Promise<Cell[]> {
  const set = from.set ?? [];
  refuseIdle(set, grid);
  const base = await loadConfig(from);
  refuseFixedRate(base, grid);
  const images = gradientBatch(base);
  const places = grid.protocols.flatMap((protocol) => grid.batches.map((batch) => ({ protocol, batch })));
  const cells = new Map<string, Cell & { places: StudyPlace[] }>();
  for (const recipe of grid.recipes) {
    const model = { ...base.model, recipe };
    recipeOf({ ...base, model }, () => undefined);
    const batchFree = isBatchFree({ ...base, model });
    for (const place of places) {
      const { batchSize, accumulate } = passesOf(batchFree, place, images);
      const config = await loadConfig({
        ...from,
        set: [
          ...set,
          `model.recipe=${JSON.stringify(recipe)}`,
          `train.batchSize=${batchSize}`,
          `train.accumulate=${accumulate}`,
        ],
      });
      for (const seed of grid.seeds) {
        const id = `${recipe}-${accumulate}x${batchSize}-s${seed}`;
        const known = cells.get(id);
        if (known !== undefined) known.places.push(place);
        else
          cells.set(id, {
            ...{ id, recipe, batchSize, accumulate, seed, places: [place] },
            config: { ...config, seed },
          });
      }
    }
  }
  const order = (cell: Cell): number => grid.seeds.indexOf(cell.seed);
  return [...cells.values()].sort((a, b) => order(a) - order(b) || workOf(a) - workOf(b));
}
