// inside.jsonl of a run folder: what was measured inside the network at initialization and along training, a line each.

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { jsonNumber as number } from './json-number.ts';

const quartiles = { lower: number, median: number, upper: number };

const insideRecordSchema = z.object({
  /** Optimizer steps done when it was measured. */
  step: z.number(),
  /** Images of the batch it was measured on. */
  batchSize: z.number(),
  /** The plain one. */
  learningRate: number,
  /** Plain cross-entropy in training mode. */
  loss: number,
  activations: z
    .array(
      z.object({
        layer: z.string(),
        place: z.enum(['convolution', 'rectifier', 'sum']),
        mean: number,
        variance: number,
        channelVariance: number,
      }),
    )
    .readonly(),
  gradients: z
    .array(
      z.object({
        layer: z.string(),
        kind: z.enum(['convolution', 'dense']),
        norm: number,
        relative: number,
      }),
    )
    .readonly(),
  shifts: z.array(z.object({ layer: z.string(), gradient: number, weights: number })).readonly(),
  rates: z.object({
    layers: z.array(z.object({ layer: z.string(), isInvariant: z.boolean(), ...quartiles })).readonly(),
    allFilters: z.object(quartiles).nullable(),
  }),
});

export type InsideRecord = Readonly<z.output<typeof insideRecordSchema>>;

/** One line of `inside.jsonl`, with its line break; numbers to six digits, which is what float32 has. */
export const insideLine = (record: InsideRecord): string =>
  `${JSON.stringify(record, (_, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value,
  )}\n`;

/**
 * The records of a run in the order of their steps, from the path of its `inside.jsonl`; none where there is no such file. Of two
 * of the same step the later one counts, which a resumed run has measured again; a last line that a crash cut short is left out.
 *
 * @throws if another line is no record.
 */
export async function readInside(path: string): Promise<InsideRecord[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  const records = lines.flatMap((line, index): InsideRecord[] => {
    const { data } = insideRecordSchema.safeParse(parsed(line));
    if (data !== undefined) return [data];
    if (index === lines.length - 1) return [];
    throw new Error(
      `Line ${index + 1} of ${path} is no measurement of a network’s inside: mend or remove that line.`,
    );
  });
  return [...new Map(records.map((record) => [record.step, record])).values()].sort(
    (a, b) => a.step - b.step,
  );
}

/** Undefined where it is not JSON. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
