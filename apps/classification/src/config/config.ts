/**
 * The configuration of a classification run: every option, its type, its default and what it means.
 *
 * Runs go on, and are evaluated, under a config.json that may be older than an option: the default of a new one must be
 * what was done before it. What is better goes into a preset.
 */
import { checkStepOptions, stepOptions } from '@plumbline/training/config';
import { z } from 'zod';
import { datasetSchema, storedImages } from './dataset-config.ts';
import { imagesSchema } from './images-config.ts';
import { modelSchema, wantedBatch } from './model-config.ts';
import { optimizerSchema } from './optimizer-config.ts';

const positive = z.number().positive();
const atLeastOne = z.number().int().min(1);

const dataSchema = z.strictObject({
  trainLimit: atLeastOne
    .nullable()
    .describe('Train on so many images only, spread over the set; null: all.')
    .default(null),
  testLimit: atLeastOne
    .nullable()
    .describe('Score so many test images only, spread over the set; null: all.')
    .default(null),
  heldOut: z
    .number()
    .gt(0)
    .max(0.5)
    .describe('Of folders without a test folder: share of every class that is scored and not trained on.')
    .default(0.2),
});

const lossSchema = z.strictObject({
  labelSmoothing: z
    .number()
    .min(0)
    .lt(1)
    .describe('Share of the target that all classes get alike.')
    .default(0),
  mixup: positive
    .nullable()
    .describe('α of mixup, which mixes each image with another of its batch; null: none.')
    .default(null),
});

const trainSchema = z.strictObject({
  epochs: positive.describe('Passes over the training images.').default(30),
  batchSize: atLeastOne
    .describe('Images per forward pass: what batch normalization takes its statistics over.')
    .default(64),
  accumulate: atLeastOne
    .describe('Forward passes whose gradients one optimizer step takes the mean of.')
    .default(1),
  ema: z
    .number()
    .gt(0)
    .lt(1)
    .nullable()
    .describe('Score a moving average of the weights with this decay; null: the weights as they are.')
    .default(null),
  logEvery: atLeastOne.describe('Steps between two lines of metrics.jsonl.').default(50),
  evaluateEvery: positive.describe('Epochs between two evaluations.').default(1),
  checkpointEvery: positive.describe('Epochs between two checkpoints.').default(1),
  ...stepOptions,
});

const evaluateSchema = z.strictObject({
  batchSize: atLeastOne.describe('Images per forward pass; scores do not depend on it.').default(250),
  flip: z.boolean().describe('Answer with the mean of an image and its mirror image.').default(false),
  inside: z
    .enum(['full', 'none'])
    .describe(
      'Measure what happens inside the network at the beginning and at each evaluation: activations, gradients, learning rates; before a study the noise of batches.',
    )
    .default('full'),
});

const sectionsSchema = z.strictObject({
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 30 - 1)
    .describe('Seed of weights, sample order, augmentation and mixup.')
    .default(0),
  dataset: datasetSchema.describe('What is classified.').prefault({ name: 'folders' }),
  data: dataSchema.describe('What of it is used for what.').prefault({}),
  images: imagesSchema.describe('From a file to what the network sees.').prefault({}),
  model: modelSchema.describe('The network.').prefault({}),
  loss: lossSchema.describe('Cross-entropy.').prefault({}),
  optimizer: optimizerSchema.describe('SGD.').prefault({}),
  train: trainSchema.describe('The loop.').prefault({}),
  evaluate: evaluateSchema.describe('Scores and report.').prefault({}),
});

/** SqueezeNet's poolings leave nothing of smaller images. */
const LEAST_SIDE = 33;

// What no option can see alone.
export const configSchema = sectionsSchema.superRefine(
  ({ dataset, images, model, loss, train, optimizer }, context) => {
    checkStepOptions(train, context);
    const refuse = (path: string[], message: string): void => {
      context.addIssue({ code: 'custom', path, message });
    };
    if (loss.mixup !== null && train.batchSize === 1)
      refuse(
        ['loss', 'mixup'],
        'must be null with train.batchSize 1: an image has no other to be mixed with',
      );
    const stored = storedImages(dataset);
    const isCut = images.crop !== 'none' && images.resize === null && images.evaluationResize === null;
    if (stored !== null && isCut && stored.side < images.cropSize)
      refuse(['images', 'cropSize'], `must be at most ${stored.side}, the side of ${dataset.name}'s images`);
    for (const option of ['mean', 'std'] as const) {
      if (stored?.channels === 1 && new Set(images[option]).size > 1)
        refuse(
          ['images', option],
          `must be one value three times with dataset.name ${dataset.name}, whose images are grey`,
        );
    }
    const imagesPerBatch = wantedBatch(model);
    if (imagesPerBatch !== null && train.batchSize !== imagesPerBatch)
      refuse(
        ['train', 'batchSize'],
        `must be ${imagesPerBatch}, model.normalization.mabnBuffer × mabnBatch, with mabnForm imagenet`,
      );
    const { network } = model;
    if (network.name === 'squeezenet' && images.crop !== 'none' && images.cropSize < LEAST_SIDE)
      refuse(['images', 'cropSize'], `must be at least ${LEAST_SIDE} with model.network.name squeezenet`);
    if (network.name === 'cifar-resnet' && network.boundaryNorm && !network.preActivation)
      refuse(['model', 'network', 'boundaryNorm'], 'must be false without preActivation');
    if (optimizer.warmUpEpochs >= train.epochs)
      refuse(['optimizer', 'warmUpEpochs'], `must be below train.epochs, ${train.epochs}`);
    const { schedule } = optimizer;
    const unreached =
      schedule.name === 'step'
        ? schedule.milestones.find((milestone) => milestone >= train.epochs)
        : undefined;
    if (unreached !== undefined)
      refuse(
        ['optimizer', 'schedule', 'milestones'],
        `must be below train.epochs, ${train.epochs}, and one is ${unreached}`,
      );
    if (model.dataDependentStart && model.weights !== null)
      refuse(
        ['model', 'dataDependentStart'],
        'must be false with model.weights, whose scales it would replace',
      );
  },
);

/** A complete configuration: what `config.json` of a run folder holds. */
export type Config = z.output<typeof configSchema>;
/** A configuration as people write it: everything may be left out. */
export type ConfigInput = z.input<typeof configSchema>;
