// The folder of a comparison.
//
//   ladder.json      every run's configuration      compare.{md,json,svg,png,html}   the results so far
//   failures.json    runs without a result, and why
//   runs/<id>/       one ordinary run folder for every entry, number of images per step and seed
import { writeFileAtomic } from '@plumbline/training';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { validateConfig } from '../config/load-config.ts';
import type { Cell, Fairness } from './cells.ts';
import type { LadderEntry } from './ladder.ts';

/** What a comparison is of; `ladder.json`. */
export interface Comparison {
  fairness: Fairness;
  entries: LadderEntry[];
  cells: Cell[];
}

/** A run that cannot have a result: its recipe refuses the batch, or its loss became no number. */
export interface Failure {
  kind: 'refused' | 'diverged';
  reason: string;
}

export class ComparisonFolder {
  /** Absolute. */
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }

  readonly file = (name: string): string => join(this.path, name);
  readonly run = (id: string): string => join(this.path, 'runs', id);

  hasBegun = (id: string): Promise<boolean> => exists(join(this.run(id), 'config.json'));
  hasFinished = (id: string): Promise<boolean> => exists(join(this.run(id), 'summary.json'));

  /**
   * Begins a comparison, or goes on with one. Entries, batch sizes and seeds may be added to it.
   *
   * @throws with one sentence when the folder's runs were made otherwise, or the ladder leaves out one that was begun.
   */
  async begin(comparison: Comparison): Promise<void> {
    const before = await this.stored();
    if (before !== null) {
      const failures = await this.failures();
      const begun = await Promise.all(before.cells.map(({ id }) => id in failures || this.hasBegun(id)));
      refuseOther(
        this.path,
        { ...before, cells: before.cells.filter((_, index) => begun[index]) },
        comparison,
      );
    }
    await mkdir(this.file('runs'), { recursive: true });
    await this.write('ladder.json', comparison);
  }

  /** @throws when the folder holds no comparison. */
  async read(): Promise<Comparison> {
    const stored = await this.stored();
    if (stored !== null) return stored;
    throw new Error(
      `${this.path} holds no comparison (it has no ladder.json): give the folder of an earlier one.`,
    );
  }

  failures = async (): Promise<Record<string, Failure>> =>
    ((await readJson(this.file('failures.json'))) ?? {}) as Record<string, Failure>;

  async addFailure(id: string, failure: Failure): Promise<void> {
    await this.write('failures.json', { ...(await this.failures()), [id]: failure });
  }

  /** So that they are tried again. */
  forgetFailures = (): Promise<void> => this.write('failures.json', {});

  private async stored(): Promise<Comparison | null> {
    const stored = (await readJson(this.file('ladder.json'))) as Comparison | null;
    if (stored === null) return null;
    // An option that was added to the program since has its default.
    const cells = stored.cells.map((cell) => ({
      ...cell,
      config: validateConfig(cell.config, this.file('ladder.json')),
    }));
    return { ...stored, cells };
  }

  private write = (name: string, value: unknown): Promise<void> =>
    writeFileAtomic(this.file(name), `${JSON.stringify(value, null, 2)}\n`);
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Error(`${path} is not JSON: mend it, or compare into another folder.`, { cause: error });
  }
}

/** Paths and both values of what differs. */
function differences(before: unknown, now: unknown, path = ''): string[] {
  if (isTree(before) && isTree(now)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(now)]);
    return [...keys].flatMap((key) =>
      differences(before[key], now[key], path === '' ? key : `${path}.${key}`),
    );
  }
  const [was, is] = [JSON.stringify(before), JSON.stringify(now)];
  return was === is ? [] : [`${path} was ${was}, now ${is}`];
}

const isTree = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function refuseOther(path: string, before: Comparison, now: Comparison): void {
  const cells = new Map(now.cells.map((cell) => [cell.id, cell]));
  const missing = before.cells.filter(({ id }) => !cells.has(id));
  if (missing.length > 0) {
    const names = missing.slice(0, 3).map(({ id }) => id);
    throw new Error(
      `${path} holds a comparison with runs that this ladder leaves out (${names.join(', ')}${missing.length > 3 ? ', …' : ''}): ` +
        'name them too, or choose another --out.',
    );
  }
  for (const cell of before.cells) {
    const differing = differences(cell.config, cells.get(cell.id)?.config);
    if (differing.length > 0) {
      throw new Error(
        `${path} holds a comparison with another configuration: in ${cell.id} ${differing.slice(0, 4).join('; ')}` +
          `${differing.length > 4 ? '; …' : ''}: use the former options, or choose another --out.`,
      );
    }
  }
}
