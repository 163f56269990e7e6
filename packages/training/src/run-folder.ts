// The run folder: the only output of a long job.
//
//   config.json        the resolved configuration            environment.json   versions, device, git commit
//   metrics.jsonl      one JSON object a line, each with a `kind` and a `step`
//   checkpoints/       last.safetensors, best.safetensors    predictions/       palette PNGs and overlays
//                      and step-<n>.safetensors, if kept     running.json       while a process works on it
//   summary.json       written when the run is finished      report.html        the run as one page
// and TensorBoard event files beside them.

import { appendFile, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileError, writeFileAtomic } from './atomic-file.ts';
import type { Json } from './checkpoint.ts';

/** One line of metrics.jsonl. */
export interface MetricsRecord {
  /** What was measured: `train`, `evaluation`, … */
  readonly kind: string;
  /** Optimizer steps done when it was measured. */
  readonly step: number;
  readonly [key: string]: unknown;
}

const subfolders = ['checkpoints', 'predictions'];
const environmentFile = 'environment.json';
/** What `create` writes before config.json: all that a run which failed right there can have left. */
const beforeConfig = [...subfolders, environmentFile, `.${environmentFile}.partial`, '.config.json.partial'];

export class RunFolder {
  /** Absolute. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  readonly file = (name: string): string => join(this.path, name);

  get lastCheckpoint(): string {
    return this.file('checkpoints/last.safetensors');
  }

  get bestCheckpoint(): string {
    return this.file('checkpoints/best.safetensors');
  }

  /** Where `keepCheckpoint` puts the checkpoint of a step. */
  readonly stepCheckpoint = (step: number): string => this.file(`checkpoints/step-${step}.safetensors`);

  get predictions(): string {
    return this.file('predictions');
  }

  get report(): string {
    return this.file('report.html');
  }

  /**
   * For whoever has much to do before a run can be created.
   *
   * @throws with one sentence if the folder holds a run or other files already.
   */
  static async refuseUsed(path: string): Promise<void> {
    const folder = new RunFolder(resolve(path));
    if (await exists(folder.file('config.json'))) {
      const finished = await folder.isFinished();
      throw new Error(
        `${folder.path} holds ${finished ? 'a finished run' : 'an unfinished run'}: ` +
          `${finished ? '' : 'resume it, or '}choose another run folder.`,
      );
    }
    const others = (await readdir(folder.path).catch(() => [])).filter(
      (name) => !beforeConfig.includes(name),
    );
    if (others.length > 0)
      throw new Error(
        `${folder.path} holds other files (${others.slice(0, 3).join(', ')}${others.length > 3 ? ', …' : ''}): ` +
          'choose a new or empty folder for the run.',
      );
  }

  /**
   * Starts a run in a new or empty folder.
   *
   * @throws with one sentence if the folder holds a run or other files already, or cannot be written.
   */
  static async create(path: string, config: unknown, environment: unknown): Promise<RunFolder> {
    await RunFolder.refuseUsed(path);
    const folder = new RunFolder(resolve(path));
    for (const name of subfolders)
      await mkdir(folder.file(name), { recursive: true }).catch((error: unknown) => {
        throw fileError(error, folder.file(name));
      });
    await folder.writeJson(environmentFile, environment);
    // Written last: a folder with a config.json is a complete one.
    await folder.writeJson('config.json', config);
    return folder;
  }

  /**
   * Opens a run to read it, or to go on with it.
   *
   * @throws with one sentence if there is no run.
   */
  static async open(path: string): Promise<RunFolder> {
    const folder = new RunFolder(resolve(path));
    if (!(await exists(folder.file('config.json'))))
      throw new Error(
        `${folder.path} holds no run (it has no config.json): give the folder of an earlier run.`,
      );
    return folder;
  }

  /**
   * Opens an unfinished run, and forgets what was measured after its last checkpoint: it will be measured again.
   * A run without a checkpoint begins anew.
   *
   * @param readStep the step of the last checkpoint.
   */
  static async resume(path: string, readStep: (checkpoint: string) => Promise<number>): Promise<RunFolder> {
    const folder = await RunFolder.open(path);
    if (await folder.isFinished())
      throw new Error(
        `The run in ${folder.path} is finished: start a new one in another folder to train longer.`,
      );
    const hasCheckpoint = await folder.hasCheckpoint();
    await folder.truncateMetrics(hasCheckpoint ? await readStep(folder.lastCheckpoint) : 0);
    return folder;
  }

  /** Whether it was trained to its end, evaluated and reported. */
  isFinished = (): Promise<boolean> => exists(this.file('summary.json'));

  /** Whether there is a last checkpoint to go on from. */
  hasCheckpoint = (): Promise<boolean> => exists(this.lastCheckpoint);

  /** Whether an evaluation has found one. */
  hasBestCheckpoint = (): Promise<boolean> => exists(this.bestCheckpoint);

  readConfig = async (): Promise<unknown> => JSON.parse(await readFile(this.file('config.json'), 'utf8'));

  /** Appends one line to metrics.jsonl. */
  async appendMetrics(record: MetricsRecord): Promise<void> {
    const path = this.file('metrics.jsonl');
    await appendFile(path, `${JSON.stringify(record)}\n`).catch((error: unknown) => {
      throw fileError(error, path);
    });
  }

  /** All measurements, in the order they were made; a last line that a crash cut short is left out. */
  async readMetrics(): Promise<MetricsRecord[]> {
    const text = await readFile(this.file('metrics.jsonl'), 'utf8').catch(() => '');
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.flatMap((line, index) => {
      try {
        return [JSON.parse(line) as MetricsRecord];
      } catch {
        if (index === lines.length - 1) return [];
        throw new Error(
          `Line ${index + 1} of ${this.file('metrics.jsonl')} is not JSON: mend or remove that line.`,
        );
      }
    });
  }

  /** Whether the scores of a step are among the measurements. */
  async wasEvaluated(step: number): Promise<boolean> {
    const metrics = await this.readMetrics();
    return metrics.some((record) => record.kind === 'evaluation' && record.step === step);
  }

  /** Marks the run as finished, with its results and their protocol. */
  finish = (summary: { readonly [key: string]: Json }): Promise<void> =>
    this.writeJson('summary.json', summary);

  writeJson = (name: string, value: unknown): Promise<void> =>
    writeFileAtomic(this.file(name), `${JSON.stringify(value, null, 2)}\n`);

  private async truncateMetrics(step: number): Promise<void> {
    const kept = (await this.readMetrics()).filter((record) => record.step <= step);
    await writeFileAtomic(
      this.file('metrics.jsonl'),
      kept.map((record) => `${JSON.stringify(record)}\n`).join(''),
    );
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
