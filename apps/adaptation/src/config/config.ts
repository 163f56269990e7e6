/**
 * The configuration of an adaptation run: every option, its type, its default and what it means.
 *
 * Runs go on, and are evaluated, under a config.json that may be older than an option: the default of a new one must be
 * what was done before it. What is better goes into a preset.
 */
import type { DomainBatching, ValidatorName } from '@plumbline/adaptation';
import { checkStepOptions, stepOptions } from '@plumbline/training/config';
import { z } from 'zod';
import { methodSchema } from './method-config.ts';
import { imagesSchema, modelSchema } from './model-config.ts';
import { taskSchema } from './task-config.ts';

/** Side of the images that the network of digits takes. */
const DIGIT_SIZE = 28;

const positive = z.number().positive();
const atLeastOne = z.number().int().min(1);

const dataSchema = z.strictObject({
  sourceValidationShare: z
    .number()
    .gt(0)
    .max(0.5)
    .describe(
      'Share of the source, of every class, that is not trained on: it helps to choose, and is scored. Digits have a test set for it.',
    )
    .default(0.1),
  limit: atLeastOne
    .nullable()
    .describe('Train on so many images of each domain only, spread over it; null: all.')
    .default(null),
});

const optimizerSchema = z.strictObject({
  learningRate: positive.describe('Rate of the new layers at the start.').default(0.01),
  backboneScale: positive.describe("The backbone's rate as a multiple of it.").default(0.1),
  momentum: z.number().min(0).lt(1).describe('SGD momentum.').default(0.9),
  backboneMomentum: z
    .number()
    .min(0)
    .lt(1)
    .nullable()
    .describe("The backbone's; null: the same.")
    .default(null),
  nesterov: z.boolean().describe('Nesterov momentum.').default(true),
  weightDecay: z
    .number()
    .nonnegative()
    .describe('L2 decay of kernels; norms and biases have none.')
    .default(1e-3),
  gamma: z
    .number()
    .nonnegative()
    .describe('The rate at step i of a stage is multiplied by (1 + γ·i)^−power; 0: constant.')
    .default(1e-3),
  power: positive.describe('Of that decay.').default(0.75),
  clipNorm: positive
    .nullable()
    .describe('Largest norm of the whole gradient; null: no clipping.')
    .default(null),
});

const trainSchema = z.strictObject({
  steps: atLeastOne.describe('Optimizer steps, over all stages of the method.').default(5000),
  sourceBatch: atLeastOne.describe('Source images per step.').default(32),
  targetBatch: atLeastOne.describe('Target images per step.').default(32),
  domainBatching: z
    .enum(['joint', 'separate', 'split'] satisfies DomainBatching[])
    .describe(
      'How both domains meet in the normalizations: in one batch, in one pass each, or apart inside each layer.',
    )
    .default('joint'),
  logEvery: atLeastOne.describe('Steps between two lines of metrics.jsonl.').default(20),
  evaluateEvery: atLeastOne.describe('Steps between two evaluations.').default(500),
  ...stepOptions,
  checkpointEvery: atLeastOne.describe('Steps between two checkpoints.').default(500),
});

const validatorSchema = z.enum([
  'sourceAccuracy',
  'entropy',
  'informationMaximization',
  'snd',
  'bnm',
  'classAmi',
  'iwcv',
  'dev',
] satisfies ValidatorName[]);

const evaluateSchema = z.strictObject({
  batchSize: atLeastOne
    .describe('Images per forward pass; scores do not depend on it, but with TENT.')
    .default(64),
  validationImages: atLeastOne
    .describe(
      'Of a target with a test set: training images, without labels, that help to choose a step; at most so many.',
    )
    .default(2000),
  validators: z
    .array(validatorSchema)
    .describe('What chooses a step without target labels; all are reported.')
    .default([...validatorSchema.options]),
  choose: validatorSchema
    .describe('Which of them says what checkpoints/best.safetensors is.')
    .default('informationMaximization'),
  analysis: z
    .enum(['full', 'brief'])
    .describe(
      'full adds the map of the features and their A-distance to the report, brief leaves them out; seconds to a minute.',
    )
    .default('full'),
});

const sectionsSchema = z.strictObject({
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 30 - 1)
    .describe('Seed of weights, sample order, augmentation, dropout and random maps.')
    .default(0),
  task: taskSchema.describe('Source and target.').prefault({ name: 'folders' }),
  data: dataSchema.describe('What of them is used for what.').prefault({}),
  images: imagesSchema.describe('From a file to what the network sees.').prefault({}),
  model: modelSchema.describe('The network.').prefault({}),
  method: methodSchema.describe('How the network is adapted.').prefault({ name: 'dann' }),
  optimizer: optimizerSchema.describe('SGD.').prefault({}),
  train: trainSchema.describe('The loop.').prefault({}),
  evaluate: evaluateSchema.describe('Scores and report.').prefault({}),
});

// What no option can see alone.
export const configSchema = sectionsSchema.superRefine(
  ({ task, images, model, train, evaluate }, context) => {
    checkStepOptions(train, context);
    if (task.source === task.target) {
      context.addIssue({ code: 'custom', path: ['task', 'target'], message: 'must differ from task.source' });
    }
    const side = images.crop === 'none' ? images.resize : images.cropSize;
    if (model.backbone.name === 'digits' && side !== DIGIT_SIZE) {
      const path = ['images', images.crop === 'none' ? 'resize' : 'cropSize'];
      const message = `must be ${DIGIT_SIZE} with model.backbone.name digits`;
      context.addIssue({ code: 'custom', path, message });
    }
    if (!evaluate.validators.includes(evaluate.choose)) {
      const message = `is ${evaluate.choose}, and must be one of evaluate.validators`;
      context.addIssue({ code: 'custom', path: ['evaluate', 'choose'], message });
    }
    if (images.crop !== 'none' && images.resize !== null && images.resize < images.cropSize) {
      const message = `must be at most images.resize, ${images.resize}`;
      context.addIssue({ code: 'custom', path: ['images', 'cropSize'], message });
    }
  },
);

/** A complete configuration: what `config.json` of a run folder holds. */
export type Config = z.output<typeof configSchema>;
/** A configuration as people write it: everything may be left out. */
export type ConfigInput = z.input<typeof configSchema>;
