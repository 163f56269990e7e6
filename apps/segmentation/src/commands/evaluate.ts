import { writeIndexMask } from '@plumbline/data';
import { Progress } from '@plumbline/training';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openSplit } from '../data-open.ts';
import { describeProtocol, evaluateModel } from '../evaluation.ts';
import type { InferenceFlags } from '../inference-flags.ts';
import { validateConfig } from '../load-config.ts';
import { openNetwork, type NetworkArguments } from '../open-network.ts';
import { overrideInference } from '../override-inference.ts';
import { scoreLine, scoreTable } from '../score-table.ts';
import { writeConfusion, writeScores } from '../write-scores.ts';

export interface EvaluateArguments extends InferenceFlags, NetworkArguments {
  data?: string;
  split?: string;
  out?: string;
  boundary?: boolean;
  overwrite?: boolean;
}

async function refuseUsedFolder(out: string): Promise<void> {
  const names = await readdir(out).catch(() => []);
  if (names.length === 0) return;
  throw new Error(
    `${out} holds files already (${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}): ` +
      `choose another folder for --out, or add --overwrite.`,
  );
}

/**
 * Prints a run's scores with their protocol; with `out`, also writes a palette PNG of every prediction, the scores as
 * JSON and the confusion matrix as a picture.
 */
export async function evaluate(options: EvaluateArguments): Promise<void> {
  const { data, split, out, boundary = false } = options;
  if (out !== undefined && options.overwrite !== true) await refuseUsedFolder(out);
  const { config, model, origin, network } = await openNetwork(options);
  const valSplit = split ?? config.data.valSplit;
  const { list } = config.data;
  const elsewhere =
    data === undefined
      ? {}
      : list.classes === null
        ? { root: data }
        : { list: { ...list, [valSplit]: data } };
  const chosen = { ...config.data, ...elsewhere, valSplit };
  const placed = validateConfig({ ...config, data: chosen }, `${origin}, with --data and --split`);
  const effective = overrideInference(placed, options, origin);
  if (boundary) effective.evaluate.boundary = true;
  const dataset = await openSplit(effective, effective.data.valSplit);
  const progress = new Progress();
  const result = await evaluateModel({
    model,
    dataset,
    config: effective,
    onImage: (done, total) => progress.count(done, total, 'images'),
    ...(out === undefined
      ? {}
      : { onPrediction: ({ id }, mask) => writeIndexMask(join(out, `${id}.png`), mask, dataset.palette) }),
  });
  console.log(scoreTable(dataset.classes, result.scores));
  console.log(scoreLine(result));
  console.log(`${origin}; ${describeProtocol(result.protocol)}.`);
  if (out === undefined) return;
  await writeScores(join(out, 'scores.json'), dataset, result, network);
  await writeConfusion(join(out, 'confusion.svg'), dataset, result);
  console.log(`Predictions: ${out}, with scores.json and confusion.svg`);
}
