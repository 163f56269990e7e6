/** The check that everything is wired rightly: a network that cannot memorize eight images has a bug. */
import { freeRunFolder, percent } from '@plumbline/training';
import { loadConfig } from '../config/load-config.ts';
import { dataRoot } from './config.ts';
import { runToTheEnd } from './train.ts';

export interface OverfitArguments {
  data?: string;
  set?: string[];
  run?: string;
}

const WANTED_MEAN_IOU = 0.9;

/** Trains on eight images, scores the same eight, and fails below 90 % mean IoU. */
export async function overfit({ data, set = [], run }: OverfitArguments): Promise<void> {
  const config = await loadConfig({ preset: 'overfit', set: [...dataRoot(data), ...set] });
  const result = await runToTheEnd(config, run ?? (await freeRunFolder('overfit')), false);
  if (result === null) return;
  const { meanIoU } = result.scores;
  if (meanIoU !== null && meanIoU >= WANTED_MEAN_IOU) {
    console.log(
      `Passed: ${percent(meanIoU)} mean IoU on the ${result.protocol.images} images it was trained on.`,
    );
    return;
  }
  throw new Error(
    `Overfitting reached ${percent(meanIoU)} mean IoU on its own ${result.protocol.images} training images, and ` +
      `${percent(WANTED_MEAN_IOU)} is wanted: look for wrong masks first (the report shows them), then train longer.`,
  );
}
