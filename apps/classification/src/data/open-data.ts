/** The images of a run: what is trained on, and what is scored. */
import {
  openCifar,
  openImageFolder,
  openImageNet,
  openMnist,
  openUsps,
  requireSameClasses,
  splitLabelled,
  takeSpread,
  type LabelledImages,
} from '@plumbline/data';
import type { Config } from '../config/config.ts';
import type { DatasetConfig } from '../config/dataset-config.ts';

export interface ClassificationData {
  training: LabelledImages;
  test: LabelledImages;
  classes: readonly string[];
  channels: 1 | 3;
}

type Part = 'train' | 'test';

/** One part of a set that has both. */
function openPart(dataset: Exclude<DatasetConfig, { name: 'folders' }>, part: Part): Promise<LabelledImages> {
  switch (dataset.name) {
    case 'cifar10':
      return openCifar(dataset.root, part, { dataset: 'cifar10' });
    case 'cifar100':
      return openCifar(dataset.root, part, { dataset: 'cifar100', labels: dataset.labels });
    case 'mnist':
      return openMnist(dataset.root, part);
    case 'usps':
      return openUsps(dataset.root, part);
    case 'imagenet':
      return openImageNet(dataset.root, part === 'train' ? 'train' : 'val');
  }
}

async function openFolders(
  { train, test }: Extract<DatasetConfig, { name: 'folders' }>,
  { data, seed }: Config,
): Promise<Record<Part, LabelledImages>> {
  const images = await openImageFolder(train);
  if (test === null) {
    const [kept, heldOut] = splitLabelled(images, { share: data.heldOut, seed });
    return { train: kept, test: heldOut };
  }
  return { train: images, test: await openImageFolder(test) };
}

const limited = (set: LabelledImages, limit: number | null): LabelledImages =>
  limit === null ? set : takeSpread(set, limit);

const channelsOf = ({ pixels }: LabelledImages): 1 | 3 => (pixels.kind === 'memory' ? pixels.channels : 3);

/** Of what evaluations see alone. @throws with one sentence on missing or damaged data. */
export async function openTest(config: Config): Promise<LabelledImages> {
  const { dataset, data } = config;
  const test =
    dataset.name === 'folders' ? (await openFolders(dataset, config)).test : await openPart(dataset, 'test');
  return limited(test, data.testLimit);
}

/** @throws with one sentence on missing or damaged data, and on parts of different classes. */
export async function openData(config: Config): Promise<ClassificationData> {
  const { dataset, data } = config;
  const { train, test } =
    dataset.name === 'folders'
      ? await openFolders(dataset, config)
      : { train: await openPart(dataset, 'train'), test: await openPart(dataset, 'test') };
  requireSameClasses(train, test);
  return {
    training: limited(train, data.trainLimit),
    test: limited(test, data.testLimit),
    classes: train.classes,
    channels: channelsOf(train),
  };
}

export const datasetTitle = ({ dataset }: Pick<Config, 'dataset'>): string =>
  ({
    cifar10: 'CIFAR-10',
    cifar100: 'CIFAR-100',
    mnist: 'MNIST',
    usps: 'USPS',
    imagenet: 'ImageNet',
    folders: 'folders',
  })[dataset.name];
