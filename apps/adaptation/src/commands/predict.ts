/** What a run's network says of images: one line of CSV each. */
import { predictedClasses, row, softmax } from '@plumbline/adaptation';
import { imagePaths } from '@plumbline/data';
import { csv, Progress, writeFileAtomic } from '@plumbline/training';
import { stat } from 'node:fs/promises';
import { answersBy, answersOf } from '../evaluation/answers.ts';
import { openTrained, type CheckpointName } from '../network/open-trained.ts';
import { buildPlan } from '../training/plan.ts';

export interface PredictArguments {
  run: string;
  checkpoint?: CheckpointName;
  /** A CSV file; left out: standard output. */
  out?: string;
  overwrite?: boolean;
}

/** @throws with one sentence if there is no such run, an image cannot be read, or the file exists. */
export async function predict(images: readonly string[], options: PredictArguments): Promise<void> {
  const { run, checkpoint, out, overwrite = false } = options;
  if (images.length === 0) throw new Error('predict got no images: name image files, or folders with some.');
  if (out !== undefined && !overwrite && (await exists(out))) {
    throw new Error(`${out} exists: choose another --out, or say --overwrite.`);
  }
  const paths = await imagePaths(images);
  const { config, network, classes, channels } = await openTrained(run, checkpoint);
  const progress = new Progress();
  try {
    const set = { name: 'images', ids: paths, pixels: { kind: 'files', paths } } as const;
    const onImages = (done: number): void => progress.count(done, paths.length, 'images');
    const { answer } = buildPlan(config);
    const how = { config, channels, onImages };
    const { logits } = await (answer === undefined
      ? answersOf(network, 'target', set, how)
      : answersBy((batches) => answer(network, batches), set, how));
    progress.end();
    const probabilities = softmax(logits);
    const rows = [...predictedClasses(logits)].map((place, index) => [
      paths[index] ?? '',
      classes[place] ?? '',
      (row(probabilities, index)[place] ?? NaN).toFixed(4),
    ]);
    const text = csv(['image', 'class', 'probability'], rows);
    if (out === undefined) process.stdout.write(text);
    else await writeFileAtomic(out, text);
  } catch (error) {
    progress.end();
    throw error;
  } finally {
    network.model.dispose();
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
