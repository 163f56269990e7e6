/** What the report of an adaptation run shows: plain data, from which the page is made without a look at a network. */
import type { ADistance, Embedding, LayerDrift } from '@plumbline/adaptation';
import type { MetricsRecord, ReportFacts } from '@plumbline/training';
import type { RunSummary } from '../results/run-summary.ts';

/** Source and target features in one plane, and which class each image is shown as. */
export interface ReportEmbedding {
  readonly places: Embedding;
  /** True classes of the source's images, by `places.source[…].index`. */
  readonly sourceLabels: ArrayLike<number>;
  /** Predicted classes of the target's images, by `places.target[…].index`: their true ones nobody may read. */
  readonly targetPredictions: ArrayLike<number>;
}

export interface AdaptationReport {
  readonly summary: RunSummary;
  /** What someone needs to get the same numbers: data, network, optimizer, transforms, seed. */
  readonly protocol: ReportFacts;
  /**
   * Of metrics.jsonl: records of kind `train` with `loss`, `learningRate` and `terms`, of kind `evaluation` with
   * `sourceValidationAccuracy`, `targetAccuracy` and `validators`. Others are passed over.
   */
  readonly metrics: readonly MetricsRecord[];
  /** Names by class index. */
  readonly classes: readonly string[];
  /** Of the target's test images after the last step: K×K counts, row-major, a row per true class. */
  readonly confusion: ArrayLike<number>;
  /** Null: not made. */
  readonly embedding: ReportEmbedding | null;
  readonly aDistance: ADistance | null;
  /** In the order of depth. */
  readonly drift: readonly LayerDrift[] | null;
  readonly environment: ReportFacts;
  /** Resolved, as text. */
  readonly configuration: string;
}
