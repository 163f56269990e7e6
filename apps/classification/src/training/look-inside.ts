/** What happens inside the network as it is trained, measured on always the same training images. */
import { evaluationImages, takeSpread } from '@plumbline/data';
import { tf } from '@plumbline/runtime';
import type { RunFolder, Schedule } from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';
import { appendFile } from 'node:fs/promises';
import type { Config } from '../config/config.ts';
import { wantedBatch } from '../config/model-config.ts';
import type { ClassificationData } from '../data/open-data.ts';
import { evaluationTransform } from '../data/transforms.ts';
import { insideLine } from '../inside/inside-record.ts';
import { measureInside } from '../inside/measure-inside.ts';

/** So many images are looked at, whatever a step takes: what differs between runs is then the network alone. */
const IMAGES = 64;
/** Of large images fewer: a pass holds the activations of all of them. */
const MOST_PIXELS = 64 ** 3;
const LEAST_IMAGES = 2;

/** Of images that evaluation crops; others have the size of a data set of small ones. */
function countOf({ model, images }: Config): number {
  const fitting = images.crop === 'none' ? IMAGES : Math.floor(MOST_PIXELS / images.cropSize ** 2);
  return wantedBatch(model) ?? Math.min(IMAGES, Math.max(LEAST_IMAGES, fitting));
}

export interface LookInsideOptions {
  run: RunFolder;
  config: Config;
  data: Pick<ClassificationData, 'training' | 'channels'>;
  network: tfl.LayersModel;
  schedule: Schedule;
}

/** A function of the step that adds a line to inside.jsonl. */
export const lookInside =
  ({ run, config, data, network, schedule }: LookInsideOptions) =>
  async (step: number): Promise<void> => {
    const count = countOf(config);
    const set = takeSpread(data.training, count);
    const transform = evaluationTransform(config, data.channels);
    for await (const { images, shape, indices } of evaluationImages(set, { transform, batchSize: count })) {
      const pixels = tf.tensor4d(images, shape);
      const labels = tf.tensor1d(
        Int32Array.from(indices, (index) => set.labels[index] ?? -1),
        'int32',
      );
      try {
        // The rate of the step that was done last; at the beginning, of the first one.
        const learningRate = schedule(Math.max(0, step - 1));
        const inside = await measureInside({ model: network, images: pixels, labels, learningRate, step });
        await appendFile(run.file('inside.jsonl'), insideLine(inside));
      } finally {
        tf.dispose([pixels, labels]);
      }
    }
  };
