// The folder of a sweep.
//
//   <plan>.json         every run's configuration
//   failures/<id>.json  why a run has no result
//   claims/<id>.json    while a process works on a run; several processes may work on one sweep
//   runs/<id>/          one ordinary run folder for every cell
// and the results so far, which the app writes beside them.

import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeFileAtomic } from '../atomic-file.ts';
import { claimRun, releaseRun, RunBusyError } from '../run-claim.ts';
import { refuseOther } from './refuse-other.ts';
import type { SweepCell, SweepFailure } from './sweep-cell.ts';

/** What a sweep is of. */
export interface SweepPlan<Config = unknown> {
  readonly cells: readonly SweepCell<Config>[];
}

/** What messages call a sweep, for people who typed another word. */
export interface SweepWords {
  /** `comparison` */
  readonly sweep: string;
  /** What lists its runs, also the name of the file: `ladder`. */
  readonly plan: string;
}

export interface SweepFolderOptions<Plan extends SweepPlan> {
  readonly path: string;
  readonly words: SweepWords;
  /** Reads a configuration of the plan, which may be older than an option. */
  readonly validate: (tree: unknown, origin: string) => Plan['cells'][number]['config'];
}

/** A claim that is no run's: of whoever writes the results. */
const RESULTS = '.results';
/** A writer takes a second or two; one that takes much longer writes again, and then knows of this run too. */
const MOST_WAITS = 200;
const WAIT_MILLISECONDS = 100;

export class SweepFolder<Plan extends SweepPlan> {
  /** Absolute. */
  readonly path: string;
  private readonly words: SweepWords;
  private readonly validate: SweepFolderOptions<Plan>['validate'];

  constructor({ path, words, validate }: SweepFolderOptions<Plan>) {
    this.path = resolve(path);
    this.words = words;
    this.validate = validate;
  }

  readonly file = (name: string): string => join(this.path, name);
  readonly run = (id: string): string => join(this.path, 'runs', id);

  private get planFile(): string {
    return `${this.words.plan}.json`;
  }

  hasBegun = (id: string): Promise<boolean> => exists(join(this.run(id), 'config.json'));
  hasFinished = (id: string): Promise<boolean> => exists(join(this.run(id), 'summary.json'));
  hasFailed = async (id: string): Promise<boolean> => id in (await this.failures());

  /**
   * Begins a sweep, or goes on with one. Runs may be added to it.
   *
   * @throws with one sentence when the folder's runs were made otherwise, or the plan leaves out one that was begun.
   */
  async begin(plan: Plan): Promise<void> {
    await mkdir(this.file('runs'), { recursive: true });
    const isWritten = await this.alone(async () => {
      const before = await this.stored();
      if (before !== null) {
        const failures = await this.failures();
        const begun = await Promise.all(
          before.cells.map(async ({ id }) => id in failures || (await this.hasBegun(id))),
        );
        const made = before.cells.filter((_, index) => begun[index]);
        refuseOther({ path: this.path, words: this.words, before: made, now: plan.cells });
      }
      await this.write(this.planFile, plan);
    });
    if (isWritten) return;
    throw new Error(`Another process is writing into ${this.path} all the time: try again, or stop it.`);
  }

  /** @throws when the folder holds no sweep. */
  async read(): Promise<Plan> {
    const stored = await this.stored();
    if (stored !== null) return stored;
    throw new Error(
      `${this.path} holds no ${this.words.sweep} (it has no ${this.planFile}): give the folder of an earlier one.`,
    );
  }

  async failures(): Promise<Record<string, SweepFailure>> {
    // Where they were before several processes could work on a sweep.
    const former = (await this.readJson('failures.json')) as Record<string, SweepFailure> | null;
    const names = (await readdir(this.file('failures')).catch(() => [])).filter((name) =>
      /^[^.].*\.json$/.test(name),
    );
    const own = await Promise.all(
      names.map(async (name) => {
        const failure = (await this.readJson(join('failures', name))) as SweepFailure;
        return [name.replace(/\.json$/, ''), failure] as const;
      }),
    );
    return { ...former, ...Object.fromEntries(own) };
  }

  addFailure = (id: string, failure: SweepFailure): Promise<void> =>
    this.write(join('failures', `${id}.json`), failure);

  /** So that they are tried again. */
  async forgetFailures(): Promise<void> {
    await rm(this.file('failures.json'), { force: true });
    await rm(this.file('failures'), { recursive: true, force: true });
  }

  /** Whether this process may work on a run now; false where another process on this machine does. */
  async claim(id: string): Promise<boolean> {
    try {
      await claimRun(this.claimOf(id));
      return true;
    } catch (error) {
      if (error instanceof RunBusyError) return false;
      throw error;
    }
  }

  release = (id: string): Promise<void> => releaseRun(this.claimOf(id));

  /**
   * Does something that no other process may do to this sweep meanwhile, such as writing its results.
   *
   * @returns false where others did not let it, for some twenty seconds.
   */
  async alone(work: () => Promise<unknown>): Promise<boolean> {
    for (let waits = 0; !(await this.claim(RESULTS)); waits++) {
      if (waits === MOST_WAITS) return false;
      await sleep(WAIT_MILLISECONDS);
    }
    try {
      await work();
      return true;
    } finally {
      await this.release(RESULTS);
    }
  }

  private claimOf = (id: string): Parameters<typeof claimRun>[0] => ({
    path: this.run(id),
    file: () => this.file(join('claims', `${id}.json`)),
  });

  private async stored(): Promise<Plan | null> {
    const stored = (await this.readJson(this.planFile)) as Plan | null;
    if (stored === null) return null;
    // An option that was added to the program since has its default.
    const cells = stored.cells.map((cell) => ({
      ...cell,
      config: this.validate(cell.config, this.file(this.planFile)),
    }));
    return { ...stored, cells };
  }

  private write = (name: string, value: unknown): Promise<void> =>
    writeFileAtomic(this.file(name), `${JSON.stringify(value, null, 2)}\n`);

  private async readJson(name: string): Promise<unknown> {
    const path = this.file(name);
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    });
    if (text === null) return null;
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      throw new Error(`${path} is not JSON: mend it, or choose another --out.`, { cause: error });
    }
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
