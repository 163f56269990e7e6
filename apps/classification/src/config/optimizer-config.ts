/** SGD and its learning rate. */
import { z } from 'zod';

const positive = z.number().positive();
const epochs = z.number().nonnegative();

const scheduleSchema = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('cosine').describe('Half a cosine from the learning rate to `end`.'),
    end: z.number().nonnegative().describe('Rate at the end.').default(0),
  }),
  z.strictObject({
    name: z.literal('step').describe('Multiplied by `factor` at each milestone.'),
    milestones: z
      .array(positive)
      .min(1)
      .refine((all) => all.every((epoch, k) => epoch > (all[k - 1] ?? 0)), 'must rise')
      .describe('Epochs.')
      .default([30, 60, 90]),
    factor: positive.max(1).describe('What the rate is multiplied by.').default(0.1),
  }),
  z.strictObject({
    name: z.literal('poly').describe('(1 − step / steps)^power.'),
    power: positive.describe('Its power.').default(0.9),
  }),
  z.strictObject({ name: z.literal('constant').describe('The same rate for ever.') }),
]);

export const optimizerSchema = z.strictObject({
  learningRate: positive
    .describe('At the start, for so many images per step as ratePerImages says.')
    .default(0.1),
  ratePerImages: z
    .number()
    .int()
    .min(1)
    .nullable()
    .describe('Scale the rate linearly: it is meant for so many images per step; null: it is taken as it is.')
    .default(128),
  schedule: scheduleSchema.describe('How it falls.').prefault({ name: 'cosine' }),
  warmUpEpochs: epochs.describe('The rate rises on a line during these.').default(0),
  warmUpFactor: z.number().min(0).max(1).describe('Share of the rate that it rises from.').default(0),
  momentum: z.number().min(0).lt(1).describe('SGD momentum.').default(0.9),
  nesterov: z.boolean().describe('Nesterov momentum.').default(false),
  weightDecay: z.number().nonnegative().describe('L2 decay.').default(5e-4),
  decayNorms: z.boolean().describe('Whether γ, β and biases decay as kernels do.').default(false),
  clipNorm: positive
    .nullable()
    .describe('Largest norm of the whole gradient; null: no clipping.')
    .default(null),
});

export type ScheduleConfig = z.output<typeof scheduleSchema>;
