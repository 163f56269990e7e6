// analysis.json: what was looked for beyond scores, for whoever compares runs.

import { readFile } from 'node:fs/promises';
import { z } from 'zod';

// JSON has no NaN: where no channel varies in both domains, it is null.
const number = z
  .number()
  .nullable()
  .transform((value) => value ?? NaN);

const runAnalysisSchema = z.object({
  /** Before every rectifier, in the order of depth; null: not measured. */
  drift: z.array(z.object({ layer: z.string(), meanShift: number, varianceShift: number })).nullable(),
});

export type RunAnalysis = z.output<typeof runAnalysisSchema>;

/** The analysis of a run, from the path of its analysis.json; null where there is none. */
export async function readRunAnalysis(path: string): Promise<RunAnalysis | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  const { data } = runAnalysisSchema.safeParse(JSON.parse(text));
  if (data !== undefined) return data;
  throw new Error(
    `${path} is no analysis of an adaptation run: delete the run's folder, and it is made again.`,
  );
}
