/** Opens the data set that a configuration names: VOC, or any other by its lists. */
import {
  checkedPalette,
  listedSamples,
  openList,
  openVoc,
  VOC_CLASSES,
  vocPalette,
  type AugmentOptions,
  type ListOptions,
  type SegmentationDataset,
} from '@plumbline/data';
import type { Config } from '../config/config.ts';

export type SplitName = Config['data']['valSplit'];

/** What the classes are called, by index. */
export const classNames = ({ data }: Config): readonly string[] => classSet(data)?.classes ?? VOC_CLASSES;

/** How many classes the network of this configuration tells apart. */
export const classCount = ({ data }: Config): number => classSet(data)?.classes.length ?? VOC_CLASSES.length;

/** The colours of all mask values, [256, 3] RGB. */
export function classPalette({ data }: Config): Uint8Array {
  const classes = classSet(data);
  return classes === null ? vocPalette() : checkedPalette(classes, 'data.list.classes');
}

/** The loader's augmentation. */
export function augmentOptions({ data, augment }: Config): AugmentOptions {
  const { baseSize, mean, std } = data;
  return { ...augment, baseSize, mean, std, photometric: augment.photometric ? {} : null };
}

/** The images of a split: of `data.list` if it is set, else of the VOC folder `data.root`. */
export async function openSplit({ data }: Config, split: SplitName): Promise<SegmentationDataset> {
  const options = listOptions(data, split);
  return options === null ? openVoc({ root: data.root, split }) : openList(options);
}

/** As `openSplit`, for a list, without looking at its files; null where the configuration names VOC. */
export async function listedSplit({ data }: Config, split: SplitName): Promise<SegmentationDataset | null> {
  const options = listOptions(data, split);
  return options === null ? null : listedSamples(options);
}

function listOptions(data: Config['data'], split: SplitName): ListOptions | null {
  const classes = classSet(data);
  if (classes === null) return null;
  const list = split === 'train' ? data.list.train : split === 'val' ? data.list.val : null;
  if (list === null) {
    throw new Error(`data.list knows the splits train and val, got "${split}": choose one of them.`);
  }
  return { list, classes, split };
}

function classSet({ list }: Config['data']): ListOptions['classes'] | null {
  if (list.classes === null) return null;
  if (typeof list.classes !== 'string') return list.classes;
  throw new Error(
    `data.list.classes still names the file ${list.classes}: read it first, as loadConfig does.`,
  );
}
