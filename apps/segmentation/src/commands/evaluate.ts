import { openVoc, writeIndexMask } from '@plumbline/data';
import { Progress } from '@plumbline/training';
import { join } from 'node:path';
import { describeProtocol, evaluateModel } from '../evaluation.ts';
import { validateConfig } from '../load-config.ts';
import { openTrained } from '../open-trained.ts';
import { scoreLine, scoreTable } from '../score-table.ts';

export interface EvaluateArguments {
  run: string;
  checkpoint: 'last' | 'best';
  data?: string;
  split?: string;
  out?: string;
}

/** Prints a run's scores with their protocol. */
export async function evaluate({ run, checkpoint, data, split, out }: EvaluateArguments): Promise<void> {
  const trained = await openTrained(run, checkpoint);
  const { config, model, step } = trained;
  const chosen = { ...config.data, root: data ?? config.data.root, valSplit: split ?? config.data.valSplit };
  const effective = validateConfig({ ...config, data: chosen }, `run ${run} with --data and --split`);
  const dataset = await openVoc({ root: effective.data.root, split: effective.data.valSplit });
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
  console.log(`${checkpoint} checkpoint of ${run}, step ${step}; ${describeProtocol(result.protocol)}.`);
  if (out !== undefined) console.log(`Predictions: ${out}`);
}
