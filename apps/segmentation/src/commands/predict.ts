import { overlay, readRgb, writeIndexMask, writeRgb, type IndexMask, type RgbImage } from '@plumbline/data';
import { Progress, writeFileAtomic } from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { classShares } from '../inference/class-shares.ts';
import { classNames, classPalette } from '../data/open-data.ts';
import type { InferenceFlags } from '../inference/inference-flags.ts';
import {
  describeInference,
  predictionOptions,
  segmentImage,
  type InferenceOptions,
} from '../inference/inference.ts';
import { openNetwork, type NetworkArguments } from '../network/open-network.ts';
import { overrideInference } from '../inference/override-inference.ts';
import { predictInputs, type PredictInput } from '../data/predict-inputs.ts';
import { orReport } from './or-report.ts';

export interface PredictArguments extends InferenceFlags, NetworkArguments {
  out: string;
  list?: string;
  overwrite?: boolean;
}

const ENDINGS = ['.png', '.overlay.jpg', '.json'] as const;

async function refuseExisting(inputs: readonly PredictInput[], out: string): Promise<void> {
  const targets = inputs.flatMap(({ name }) => ENDINGS.map((ending) => join(out, `${name}${ending}`)));
  const found = await Promise.all(targets.map((target) => stat(target).catch(() => null)));
  const existing = targets.filter((_, index) => found[index] !== null);
  if (existing.length === 0) return;
  throw new Error(
    `${existing[0]} exists already${existing.length > 1 ? `, and so do ${existing.length - 1} more results` : ''}: ` +
      `choose another folder for --out, or add --overwrite.`,
  );
}

interface Segmented {
  readonly image: RgbImage;
  readonly mask: IndexMask;
  readonly inference: InferenceOptions;
}

async function segment(file: string, model: tfl.LayersModel, config: Config): Promise<Segmented> {
  const image = await readRgb(file, { turnUpright: true });
  const inference = predictionOptions(config, image);
  const data = segmentImage(model, image, inference, file);
  return { image, mask: { width: image.width, height: image.height, data }, inference };
}

/**
 * Writes `<name>.png`, the palette mask, `<name>.overlay.jpg` and `<name>.json`, the share of each class, for every
 * image. One that cannot be read, or is too large, is reported, and the others go on.
 *
 * @throws at the end when an image has no result; at once when nothing could be written.
 */
export async function predict(paths: readonly string[], options: PredictArguments): Promise<void> {
  const { out, list } = options;
  const inputs = await predictInputs({ paths, ...(list === undefined ? {} : { list }) });
  if (options.overwrite !== true) await refuseExisting(inputs, out);
  const { model, origin, network, ...opened } = await openNetwork(options);
  const config = overrideInference(opened.config, options, origin);
  const palette = classPalette(config);
  const classes = classNames(config);
  const progress = new Progress();
  let failures = 0;
  for (const [index, { file, name }] of inputs.entries()) {
    const segmented = await orReport(progress, () => segment(file, model, config));
    if (segmented === null) failures++;
    else {
      const { image, mask, inference } = segmented;
      const { width, height } = image;
      const { baseSize = null } = inference.prepare;
      const target = join(out, name);
      const content = {
        image: file,
        width,
        height,
        classes: classShares(mask, classes),
        network,
        inference: describeInference(inference),
        // What the picture was resized to for the network; null: its own size.
        longSide: baseSize,
      };
      await writeIndexMask(`${target}.png`, mask, palette);
      await writeRgb(`${target}.overlay.jpg`, overlay(image, mask, { palette }));
      await writeFileAtomic(`${target}.json`, `${JSON.stringify(content, null, 2)}\n`);
      progress.end();
      const resized =
        baseSize === config.data.baseSize
          ? ''
          : ` (${width}×${height}, resized to a long side of ${baseSize} for the network)`;
      console.log(`${file} → ${ENDINGS.map((ending) => `${target}${ending}`).join(', ')}${resized}`);
    }
    progress.count(index + 1, inputs.length, 'images');
  }
  if (failures === 0) return;
  throw new Error(
    `${failures} of ${inputs.length} images could not be segmented, as said above` +
      `${failures === inputs.length ? '' : `; the results of the others are in ${out}`}.`,
  );
}
