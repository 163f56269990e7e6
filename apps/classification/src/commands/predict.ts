/** What a network says of images: one line of CSV each. */
import { imagePaths } from '@plumbline/data';
import { csv, Progress, refuseUsedFile, writeFileAtomic, type OutputFlags } from '@plumbline/training';
import type { Config } from '../config/config.ts';
import { storedImages } from '../config/dataset-config.ts';
import { answersOf } from '../evaluation/evaluate.ts';
import { openClassifier, refuseBesideRun, type ClassifierFlags } from '../network/open-classifier.ts';

/** `out` is a CSV file. */
export interface PredictArguments extends ClassifierFlags, OutputFlags {
  /** The likeliest so many classes of each image. Default 1. */
  top?: number;
}

/** Brings files to the size of the images that the network knows, where those came from memory in one size. */
function forFiles(config: Config): Config {
  const stored = storedImages(config.dataset);
  const { resize, evaluationResize, crop } = config.images;
  if (stored === null || resize !== null || evaluationResize !== null) return config;
  const sized = crop === 'none' ? { resize: stored.side } : { evaluationResize: stored.side };
  return { ...config, images: { ...config.images, ...sized } };
}

/** @throws with one sentence if the network or an image cannot be read, or the file exists. */
export async function predict(images: readonly string[], options: PredictArguments): Promise<void> {
  const { out, top = 1 } = options;
  if (images.length === 0) throw new Error('predict got no images: name image files, or folders with some.');
  refuseBesideRun(options, ['dataset', 'data']); // whose images are asked for is said by the arguments
  await refuseUsedFile(options);
  const paths = await imagePaths(images);
  const { config, network, classes, channels } = await openClassifier(options);
  const progress = new Progress();
  try {
    const set = { name: 'images', ids: paths, pixels: { kind: 'files', paths } } as const;
    const { logits } = await answersOf(network, set, { config: forFiles(config), channels, progress });
    progress.end();
    const rows = paths.flatMap((path, image) => {
      const row = logits.subarray(image * classes.length, (image + 1) * classes.length);
      const places = [...row.keys()].sort((a, b) => (row[b] ?? NaN) - (row[a] ?? NaN)).slice(0, top);
      return places.map((place) => [path, classes[place] ?? '', Math.exp(row[place] ?? NaN).toFixed(4)]);
    });
    const text = csv(['image', 'class', 'probability'], rows);
    if (out === undefined) process.stdout.write(text);
    else await writeFileAtomic(out, text);
  } catch (error) {
    progress.end();
    throw error;
  } finally {
    network.dispose();
  }
}
