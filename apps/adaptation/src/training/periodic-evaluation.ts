/**
 * The evaluations during training: scores, and what chooses a step without target labels, go to metrics.jsonl and
 * TensorBoard; the network that the validator likes best goes to its checkpoint.
 */
import type { DomainNetwork } from '@plumbline/adaptation';
import {
  percent,
  type CheckpointMetadata,
  type EventWriter,
  type Progress,
  type RunFolder,
} from '@plumbline/training';
import type { Config } from '../config/config.ts';
import type { Task } from '../data/open-task.ts';
import { evaluate, type Evaluation } from '../evaluation/evaluate.ts';

type Best = CheckpointMetadata['best'];

export interface PeriodicEvaluationOptions {
  run: RunFolder;
  config: Config;
  task: Task;
  network: DomainNetwork;
  events: EventWriter;
  progress: Progress;
  signal: AbortSignal;
  /** Of the steps before. */
  best: Best;
  /** Writes the network as it is now to the best checkpoint. */
  saveBest: (best: NonNullable<Best>) => Promise<void>;
}

export class PeriodicEvaluation {
  /** The best score of `evaluate.choose` so far. */
  best: Best;
  readonly #options: PeriodicEvaluationOptions;

  constructor(options: PeriodicEvaluationOptions) {
    this.#options = options;
    this.best = options.best;
  }

  /** A later stage chooses among its own networks: the best one up to `step` does not count any more. */
  forget(step: number): void {
    if (this.best !== null && this.best.step <= step) this.best = null;
  }

  /** Whether a step that is to be evaluated was not: a run that was stopped meanwhile has its checkpoint, but no scores. */
  async isOwed(step: number): Promise<boolean> {
    return !(await this.#options.run.wasEvaluated(step));
  }

  /** @throws the signal's reason when it is raised; otherwise one sentence about bad data or an unwritable folder. */
  async evaluate(step: number): Promise<void> {
    const { config, task, network, progress, signal } = this.#options;
    const evaluation = await evaluate({ config, task, network, progress, signal });
    await this.#record(step, evaluation);
  }

  async #record(
    step: number,
    { sourceValidationAccuracy, targetAccuracy, validators }: Evaluation,
  ): Promise<void> {
    const { run, config, events, progress, saveBest } = this.#options;
    const score = validators[config.evaluate.choose];
    if (score !== undefined && Number.isFinite(score) && score > (this.best?.score ?? -Infinity)) {
      const better = { score, step };
      await saveBest(better);
      this.best = better;
    }
    // After the checkpoint: an evaluation whose scores are not written is done again by a resumed run.
    await run.appendMetrics({
      kind: 'evaluation',
      step,
      sourceValidationAccuracy,
      targetAccuracy,
      validators,
    });
    await events.scalars(step, {
      'source/accuracy': sourceValidationAccuracy,
      'target/accuracy (oracle)': targetAccuracy,
      ...Object.fromEntries(Object.entries(validators).map(([name, value]) => [`choose/${name}`, value])),
    });
    progress.message(
      `step ${step}: source ${percent(sourceValidationAccuracy)}, target ${percent(targetAccuracy)} accuracy`,
    );
  }
}
