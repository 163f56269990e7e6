/** The runs of a sweep: one configuration for every task, method, recipe, domain batching and seed. */
import type { DomainBatching } from '@plumbline/adaptation';
import type { SweepCell } from '@plumbline/training';
import { assignmentPath, refuseDecided, type ConfigSources } from '@plumbline/training/config';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { taskName } from '../config/task-config.ts';
import { batchingFor, knows, methodAssignment } from '../config/method-variants.ts';

/** What a sweep crosses; the first of each is the first in tables. */
export interface SweepGrid {
  /** Each as assignments of `--set` that say what the section `task` is; an empty list: the configuration's own task. */
  readonly tasks: readonly (readonly string[])[];
  readonly methods: readonly string[];
  readonly recipes: readonly string[];
  readonly batchings: readonly DomainBatching[];
  readonly seeds: readonly number[];
}

/** One run of a sweep. */
export interface Cell extends SweepCell<Config> {
  /** `A→W` */
  readonly task: string;
  /** Of `METHODS`: `cdan+e`. */
  readonly method: string;
  readonly recipe: string;
  /** Of the grid; of `dsbn` the configuration may have another, see `batchingFor`. */
  readonly batching: DomainBatching;
  readonly seed: number;
}

/** `dann, wa+gn, joint` */
export const describeGroup = ({ method, recipe, batching }: Omit<Cell, 'id' | 'config' | 'seed'>): string =>
  `${method}, ${recipe}, ${batching}`;

/** `A→W, dann, wa+gn, joint, seed 0` */
export const describeCell = (cell: Cell): string => `${cell.task}, ${describeGroup(cell)}, seed ${cell.seed}`;

/** As part of a folder's name. */
export const folderName = (label: string): string =>
  label
    .toLowerCase()
    .replaceAll('→', '-')
    .replace(/[^a-z0-9+.-]+/g, '-')
    .replace(/^[-.]+|-+$/g, '') || 'sweep';

const methodOption = (assignment: string): string | null =>
  /^method\.([^.]+)$/.exec(assignmentPath(assignment))?.[1] ?? null;

const DECIDED: Readonly<Record<string, string>> = {
  seed: '--seeds',
  method: '--methods',
  'method.name': '--methods',
  'model.recipe': '--recipes',
  'train.domainBatching': '--batchings',
};

/** What a sweep decides itself, and options that no method has: saying it would do nothing. */
function refuseIdle(set: readonly string[], { methods }: SweepGrid): void {
  refuseDecided(set, DECIDED, 'sweep');
  for (const assignment of set) {
    const option = methodOption(assignment);
    if (option !== null && !methods.some((method) => knows(method, option))) {
      throw new Error(
        `The assignment ${assignment} has no effect: none of the methods ${methods.join(', ')} has it; leave it out.`,
      );
    }
  }
}

/**
 * All runs of a sweep in the order in which they are made: everything with the first seed, then with the next, so that a sweep
 * that is not finished has a table already.
 *
 * @param from the base configuration; `set` may name options of a method, which then hold for the methods that have them.
 * @throws if a configuration is not valid, before anything is trained.
 */
export async function sweepCells(from: ConfigSources, grid: SweepGrid): Promise<Cell[]> {
  const set = from.set ?? [];
  refuseIdle(set, grid);
  const common = set.filter((assignment) => methodOption(assignment) === null);
  const cells: Cell[] = [];
  for (const task of grid.tasks) {
    const base = await loadConfig({ ...from, set: [...common, ...task] });
    for (const batching of grid.batchings) {
      for (const recipe of grid.recipes) {
        for (const method of grid.methods) {
          const own = set.filter((assignment) => knows(method, methodOption(assignment) ?? ''));
          const config = await loadConfig({
            ...from,
            set: [
              ...common,
              ...task,
              methodAssignment(method, base.method),
              ...own,
              `model.recipe=${JSON.stringify(recipe)}`,
              `train.domainBatching=${batchingFor(method, batching)}`,
            ],
          });
          const name = taskName(config.task);
          const id = folderName([name, method, recipe, batching].join('_')).replaceAll('_', '-');
          for (const seed of grid.seeds) {
            cells.push({
              id: `${id}-s${seed}`,
              ...{ task: name, method, recipe, batching, seed },
              config: { ...config, seed },
            });
          }
        }
      }
    }
  }
  refuseEqual(cells);
  const order = (seed: number): number => grid.seeds.indexOf(seed);
  return cells.sort((a, b) => order(a.seed) - order(b.seed));
}

/** @throws with one sentence if two runs would share a folder. */
function refuseEqual(cells: readonly Cell[]): void {
  const ids = new Set<string>();
  for (const cell of cells) {
    if (ids.has(cell.id)) {
      throw new Error(
        `The sweep has two runs named ${cell.id}: name every task, method, recipe, domain batching and seed once.`,
      );
    }
    ids.add(cell.id);
  }
}
