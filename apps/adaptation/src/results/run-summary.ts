/** summary.json: what a finished run has to say. A sweep reads nothing else of its numbers. */
import { DOMAIN_BATCHINGS, VALIDATOR_NAMES } from '@plumbline/adaptation';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const accuracy = z.number().min(0).max(1);
const step = z.number().int().min(0);

/** Accuracies are shares in [0, 1] of the target's test images, except `sourceValidationAccuracy`. */
export const runSummarySchema = z.object({
  /** Optimizer steps done. */
  step,
  /** Of training, evaluations included. */
  seconds: z.number().min(0),
  /** `A→W` */
  task: z.string(),
  /** `dann` */
  method: z.string(),
  /** Of the normalization: `wa+gn`. */
  recipe: z.string(),
  domainBatching: z.enum(DOMAIN_BATCHINGS),
  seed: z.number().int(),
  /** Of the network after the last step. */
  sourceValidationAccuracy: accuracy,
  /** Of the network after the last step, and after what the method does at the end. */
  last: accuracy,
  /** Of the same network before what the method does at the end (AdaBN) or while it answers (TENT); null: it does nothing. */
  before: accuracy.nullable(),
  /** What each validator would have chosen, without a label of the target. */
  chosen: z.partialRecord(z.enum(VALIDATOR_NAMES), z.object({ step, accuracy })),
  /** The best evaluation, found with the target's labels: nobody who adapts could have chosen it. */
  oracle: z.object({ step, accuracy }),
  /** How all of this was measured, in a sentence. */
  protocol: z.string(),
});

export type RunSummary = z.output<typeof runSummarySchema>;

/**
 * The summary in a run folder, or null while the run is not finished.
 *
 * @param path of summary.json.
 * @throws with one sentence if it is not the summary of an adaptation run.
 */
export async function readRunSummary(path: string): Promise<RunSummary | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  const { data, error } = runSummarySchema.safeParse(parsed(text));
  if (data !== undefined) return data;
  const where = error.issues[0]?.path.join('.') ?? '';
  throw new Error(
    `${path} is no summary of an adaptation run (${where === '' ? 'not an object' : where}): delete it, and the run is finished again.`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
