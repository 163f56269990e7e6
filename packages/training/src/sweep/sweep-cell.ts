// One run of a sweep: its name, its configuration, and what has become of it.

export interface SweepCell<Config = unknown> {
  /** Name of its run folder, and of its records. */
  readonly id: string;
  readonly config: Config;
}

/**
 * Why a run has no result: its parts do not go together and nobody expects them to; its configuration was refused; its
 * loss became no number.
 */
export interface SweepFailure {
  readonly kind: 'not applicable' | 'refused' | 'diverged';
  /** One sentence. */
  readonly reason: string;
}

/** What has become of a run. */
export type SweepState = 'finished' | 'stopped' | 'waiting' | SweepFailure['kind'];

/** `finished` with a summary, else what failed, else whether it was begun. */
export function stateOf(run: {
  readonly hasSummary: boolean;
  readonly hasBegun: boolean;
  readonly failure: SweepFailure | undefined;
}): SweepState {
  if (run.hasSummary) return 'finished';
  return run.failure?.kind ?? (run.hasBegun ? 'stopped' : 'waiting');
}
