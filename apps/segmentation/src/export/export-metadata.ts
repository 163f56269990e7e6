/** What a program that runs an exported network must know, and what the network is: plain data, for JSON. */
import type { WeightPrecision } from '@plumbline/models';
import { basename } from 'node:path';
import type { Config } from '../config/config.ts';
import { classNames, classPalette } from '../data/open-data.ts';

/** `pixels`: RGB in 0…255, which the network normalizes itself; `normalized`: (value / 255 − mean) / std. */
export type InputValues = 'pixels' | 'normalized';

type Rgb = [red: number, green: number, blue: number];

export interface ExportMetadata {
  /** The name and the version of this structure. */
  format: 'plumbline-segmentation';
  version: 1;
  /** By index of the logits, with the colours of masks. */
  classes: { name: string; color: Rgb }[];
  input: {
    /** float32 [N, size, size, 3]. */
    size: number;
    values: InputValues;
    /** Of RGB values in 0…1. */
    mean: Rgb;
    std: Rgb;
    /** The long side, in pixels, that images were resized to in training; null: they kept their size. */
    longSide: number | null;
    /** An image lies at the top left; these are the values of what is left of the square. */
    padding: Rgb;
  };
  /** float32 [N, size, size, classes]; the class of a pixel is the index of its largest logit. */
  output: 'logits';
  recipe: string;
  /** Where its weights are from, without the folders above: the files are made to be published. */
  network: Readonly<Record<string, string | number>>;
  /** Of the kernels; see `WeightPrecision`. */
  precision: WeightPrecision;
}

export interface MetadataOptions {
  config: Config;
  size: number;
  values: InputValues;
  precision: WeightPrecision;
  network: Readonly<Record<string, string | number>>;
}

export function exportMetadata(options: MetadataOptions): ExportMetadata {
  const { config, size, values, precision } = options;
  const { mean, std, baseSize } = config.data;
  const palette = classPalette(config);
  const classes = classNames(config).map((name, index) => {
    const [red = 0, green = 0, blue = 0] = palette.subarray(3 * index, 3 * index + 3);
    return { name, color: [red, green, blue] satisfies Rgb as Rgb };
  });
  const named = Object.entries(options.network).map(([key, value]) => [
    key,
    typeof value === 'string' ? basename(value) : value,
  ]);
  const network = Object.fromEntries(named) as ExportMetadata['network'];
  // Padding is the mean colour, which normalization takes to 0.
  const padding: Rgb = values === 'pixels' ? [255 * mean[0], 255 * mean[1], 255 * mean[2]] : [0, 0, 0];
  return {
    format: 'plumbline-segmentation',
    version: 1,
    classes,
    input: { size, values, mean, std, longSide: baseSize, padding },
    output: 'logits',
    recipe: config.model.recipe,
    network,
    precision,
  };
}
