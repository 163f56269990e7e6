// What the classifier of a run answers with and about: labels.json of its folder. With it a network needs no data set to be opened.

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { RunFolder } from '../run-folder.ts';

const labelsSchema = z.object({
  /** Names by class index. */
  classes: z.array(z.string()).min(2),
  /** Of the images. */
  channels: z.literal([1, 3]),
});

export type Labels = z.output<typeof labelsSchema>;

const FILE = 'labels.json';

export const writeLabels = (
  run: RunFolder,
  { classes, channels }: { readonly classes: readonly string[]; readonly channels: 1 | 3 },
): Promise<void> => run.writeJson(FILE, { classes, channels });

/** @throws with one sentence if the run has none. */
export async function readLabels(run: RunFolder): Promise<Labels> {
  const text = await readFile(run.file(FILE), 'utf8').catch(() => 'null');
  const { data } = labelsSchema.safeParse(JSON.parse(text));
  if (data !== undefined) return data;
  throw new Error(`${run.file(FILE)} does not say which classes the network knows: train the run again.`);
}
