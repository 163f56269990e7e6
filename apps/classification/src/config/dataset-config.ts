/** Which images are classified, and where they lie. */
import { z } from 'zod';

const cifar10 = z.strictObject({
  name: z.literal('cifar10').describe('CIFAR-10: photographs of 32×32 pixels, 10 classes, binary files.'),
  root: z
    .string()
    .describe('Folder with data_batch_*.bin and test_batch.bin.')
    .default('data/cifar-10-batches-bin'),
});

const cifar100 = z.strictObject({
  name: z.literal('cifar100').describe('CIFAR-100: photographs of 32×32 pixels, binary files.'),
  root: z.string().describe('Folder with train.bin and test.bin.').default('data/cifar-100-binary'),
  labels: z.enum(['fine', 'coarse']).describe('The 100 classes, or their 20 groups.').default('fine'),
});

const mnist = z.strictObject({
  name: z.literal('mnist').describe('MNIST: digits of 28×28 pixels, grey.'),
  root: z.string().describe('Folder with the four idx.gz files.').default('data/mnist'),
});

const usps = z.strictObject({
  name: z.literal('usps').describe('USPS: digits of 16×16 pixels, grey.'),
  root: z.string().describe('usps.h5, or its folder.').default('data/usps'),
});

const imagenet = z.strictObject({
  name: z.literal('imagenet').describe('ImageNet, or some of its classes: one folder for each WordNet id.'),
  root: z.string().describe('Folder with train and val.').default('data/imagenet'),
});

const folders = z.strictObject({
  name: z.literal('folders').describe('Any folder that holds one folder of images per class.'),
  train: z.string().describe('The images to train on.').default('data/sample/domains/ink'),
  test: z
    .string()
    .nullable()
    .describe('The images to score, of the same classes; null: data.heldOut of the others.')
    .default(null),
});

export const datasetSchema = z.discriminatedUnion('name', [
  folders,
  cifar10,
  cifar100,
  mnist,
  usps,
  imagenet,
]);

export type DatasetConfig = z.output<typeof datasetSchema>;

export const DATASETS = datasetSchema.options.map(({ shape }) => shape.name.value);

/** Side in pixels and channels of the images of sets that are read into memory; null: files of any size, in colour. */
export function storedImages({
  name,
}: Pick<DatasetConfig, 'name'>): { side: number; channels: 1 | 3 } | null {
  switch (name) {
    case 'cifar10':
    case 'cifar100':
      return { side: 32, channels: 3 };
    case 'mnist':
      return { side: 28, channels: 1 };
    case 'usps':
      return { side: 16, channels: 1 };
    case 'imagenet':
    case 'folders':
      return null;
  }
}
