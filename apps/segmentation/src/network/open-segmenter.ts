/**
 * What `evaluate` scores and what pseudo-labels come from: a run's network, one with weights from elsewhere, or Google's
 * DeepLab from the user's own files.
 */
import { VOC_CLASSES, type ClassSet, type RgbImage } from '@plumbline/data';
import { sources } from '@plumbline/training/config';
import type { Doubt } from '../inference/class-map.ts';
import type { Config } from '../config/config.ts';
import { classNames } from '../data/open-data.ts';
import type { DeeplabBase } from './deeplab-flags.ts';
import { DEEPLAB_INFERENCE, DEEPLAB_SIZE, openDeeplabModel } from './deeplab-model.ts';
import type { InferenceFlags } from '../inference/inference-flags.ts';
import {
  describeInference,
  inferenceOptions,
  predictionOptions,
  segmentImage,
} from '../inference/inference.ts';
import { loadConfig } from '../config/load-config.ts';
import { openNetwork, type Network, type NetworkArguments } from './open-network.ts';
import { overrideInference } from '../inference/override-inference.ts';

export interface SegmenterArguments extends NetworkArguments, InferenceFlags {
  /** The user's folder of a graph model for `@tensorflow-models/deeplab`. */
  deeplabModel?: string;
  /** What it was trained on. Default: pascal. */
  base?: DeeplabBase;
}

export interface SegmentOptions {
  /** As `configure` made it. */
  config: Config;
  /** Stands in errors. */
  name: string;
  /** Whether the image is a photograph from anywhere, which may be larger than the evaluation's square. */
  isPhotograph?: boolean;
  doubt?: Doubt | null;
}

export interface OpenSegmenter extends Pick<Network, 'config' | 'origin' | 'network'> {
  /** What its answers mean. */
  classSet: ClassSet;
  /** The configuration with the flags over it; of Google's DeepLab, with how that sees images. */
  configure(config: Config): Config;
  /** How it looks at an image, in words. */
  describe(config: Config): string;
  /** The class of every pixel of the image, row by row. */
  segment(image: RgbImage, options: SegmentOptions): Uint8Array;
}

/** @throws with one sentence when options are missing or contradict each other, or the network cannot be read. */
export async function openSegmenter(options: SegmenterArguments): Promise<OpenSegmenter> {
  const { run, weights, deeplabModel, base } = options;
  if (deeplabModel !== undefined) return openDeeplab(deeplabModel, options);
  if (base !== undefined)
    throw new Error('--base belongs to --deeplab-model: add that, or leave out --base.');
  if (run === undefined && weights === undefined) {
    throw new Error(
      'The command line names no network: add --run with a run folder, --weights with a safetensors file and the ' +
        '--preset of its network, or --deeplab-model with the folder of a graph model.',
    );
  }
  const { config, model, origin, network } = await openNetwork(options);
  return {
    config,
    origin,
    network,
    classSet: classSetOf(config),
    configure: (placed) => overrideInference(placed, options, origin),
    describe: (effective) => describeInference(inferenceOptions(effective)),
    segment: (image, { config: effective, name, isPhotograph = false, doubt = null }) => {
      const inference = isPhotograph ? predictionOptions(effective, image) : inferenceOptions(effective);
      return segmentImage(model, image, inference, name, doubt);
    },
  };
}

function classSetOf(config: Config): ClassSet {
  const { classes } = config.data.list;
  if (classes !== null && typeof classes !== 'string') return classes;
  return { name: 'PASCAL VOC 2012', classes: classNames(config), palette: null, ignoreLabel: 255 };
}

async function openDeeplab(
  path: string,
  { base = 'pascal', ...options }: SegmenterArguments,
): Promise<OpenSegmenter> {
  const other = (['run', 'weights'] as const).find((key) => options[key] !== undefined);
  if (other !== undefined) {
    throw new Error(`The command line has both --deeplab-model and --${other}: name one network.`);
  }
  const flags = ['mode', 'window', 'stride', 'scales', 'flip', 'baseSize'] as const;
  const given = flags.filter((key) => options[key] !== undefined);
  if (given.length > 0) {
    const names = given.map((key) => (key === 'baseSize' ? '--base-size' : `--${key}`)).join(', ');
    throw new Error(
      `--deeplab-model always sees the whole image once, at a long side of ${DEEPLAB_SIZE} pixels: leave out ${names}.`,
    );
  }
  const config = await loadConfig(sources(options));
  const model = await openDeeplabModel(path, base);
  return {
    config,
    origin: `@tensorflow-models/deeplab, ${base}, from ${path}`,
    network: { deeplabModel: path, base },
    classSet: {
      name: base === 'pascal' ? 'PASCAL VOC 2012' : base,
      classes: model.classes,
      palette: model.palette,
      ignoreLabel: 255,
    },
    configure: ({ data, evaluate, ...others }) => ({
      ...others,
      data: { ...data, baseSize: DEEPLAB_SIZE },
      evaluate: { ...evaluate, mode: 'whole', size: DEEPLAB_SIZE, scales: [1], flip: false },
    }),
    describe: () => DEEPLAB_INFERENCE,
    segment: (image, { name, doubt = null }) => model.segment(image, name, doubt),
  };
}

/** A name as it is compared: VOC's "diningtable" is others' "dining table", its "tvmonitor" their "TV". */
const spelling = (name: string): string => {
  const letters = name.toLowerCase().replaceAll(/[\s_-]/g, '');
  return letters === 'tv' ? (VOC_CLASSES[20] as string) : letters;
};

/** @throws with one sentence when the network's classes are not those of the data, in the same order. */
export function refuseOtherClasses(
  { origin, classSet }: Pick<OpenSegmenter, 'origin' | 'classSet'>,
  classes: readonly string[],
  of: string,
): void {
  const own = classSet.classes;
  if (own.length !== classes.length) {
    throw new Error(
      `The network (${origin}) tells ${own.length} classes apart, and ${of} has ${classes.length}: choose a network ` +
        `that was trained on the classes of the data.`,
    );
  }
  const index = classes.findIndex((name, i) => spelling(name) !== spelling(own[i] as string));
  if (index === -1) return;
  throw new Error(
    `Class ${index} is "${own[index]}" for the network (${origin}) and "${classes[index]}" in ${of}: choose a network ` +
      `that was trained on the classes of the data, in their order.`,
  );
}
