/** What a finished run has given: `summary.json`. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const scored = z.object({ step: z.number(), top1: z.number() });

const summarySchema = z.object({
  /** Optimizer steps, and the seconds they took, evaluations included. */
  step: z.number(),
  seconds: z.number(),
  dataset: z.string(),
  network: z.string(),
  recipe: z.string(),
  batchSize: z.number(),
  accumulate: z.number(),
  seed: z.number(),
  /** Shares of the test images, of the weights after the last step. */
  top1: z.number(),
  top5: z.number().nullable(),
  crossEntropy: z.number(),
  /** The highest of all evaluations: it was chosen with the labels that it is scored by. */
  best: scored,
  /** Mean loss over the last epoch. */
  trainingLoss: z.number().nullable(),
  protocol: z.string(),
});

export type RunSummary = z.output<typeof summarySchema>;

/** Null if there is none; @throws with one sentence if it is no summary. */
export async function readRunSummary(path: string): Promise<RunSummary | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  const { data, error } = summarySchema.safeParse(parsed(text));
  if (data !== undefined) return data;
  const where = error.issues[0]?.path.join('.') ?? '';
  throw new Error(
    `${path} is no summary of a classification run (${where === '' ? 'not an object' : where}): delete it, and the run is finished again.`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
