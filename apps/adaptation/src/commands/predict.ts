/** What a run's network says of images: one line of CSV each. */
import { predictedClasses, row, softmax } from '@plumbline/adaptation';
import { imagePaths } from '@plumbline/data';
import { csv, Progress, refuseUsedFile, writeFileAtomic, type OutputFlags } from '@plumbline/training';
import { answersBy, answersOf } from '../evaluation/answers.ts';
import { openTrained, type CheckpointName } from '../network/open-trained.ts';
import { buildPlan } from '../training/plan.ts';

/** `out` is a CSV file. */
export interface PredictArguments extends OutputFlags {
  run: string;
  checkpoint?: CheckpointName;
}

/** @throws with one sentence if there is no such run, an image cannot be read, or the file exists. */
export async function predict(images: readonly string[], options: PredictArguments): Promise<void> {
  const { run, checkpoint, out } = options;
  if (images.length === 0) throw new Error('predict got no images: name image files, or folders with some.');
  await refuseUsedFile(options);
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
