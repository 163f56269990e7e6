/** The adaptation methods and their options; defaults are those of the authors or, where they differ, of tllib. */
import { z } from 'zod';

const weight = (what: string, value: number): z.ZodDefault<z.ZodNumber> =>
  z.number().nonnegative().describe(`Weight of ${what}.`).default(value);
const share = z.number().gt(0).lt(1);
const positive = z.number().positive();
const atLeastOne = z.number().int().min(1);

const discriminator = {
  hidden: atLeastOne.describe('Width of the two hidden layers of the domain discriminator.').default(1024),
  discriminatorDropout: z.number().min(0).max(0.95).describe('Dropout in it.').default(0.5),
  discriminatorBatchNorm: z
    .boolean()
    .describe('Batch norm in it, over both domains together.')
    .default(false),
};
const reversal = {
  reversalSteps: positive.describe('N of the reversal strength tanh(i / 2N) at step i.').default(1000),
  reversalMaximum: positive.describe('What the reversal strength grows to.').default(1),
};
/** Source training first, in methods that adapt a trained network. */
const sourceStage = {
  sourceShare: share.describe('Share of train.steps that trains on the source first.').default(0.5),
  labelSmoothing: z.number().min(0).max(0.9).describe('Of the source labels.').default(0.1),
};
const smoothing = z.number().min(0).max(0.9).describe('Label smoothing of the source.').default(0);

export const methodSchema = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('source-only').describe('Training on the source alone.'),
    labelSmoothing: smoothing,
  }),
  z.strictObject({
    name: z.literal('dann').describe('Domain-adversarial training (Ganin et al. 2016).'),
    weight: weight('the domain loss', 1),
    ...discriminator,
    ...reversal,
  }),
  z.strictObject({
    name: z.literal('cdan').describe('Conditional adversarial adaptation (Long et al. 2018).'),
    weight: weight('the domain loss', 1),
    entropyConditioning: z.boolean().describe('Confident images count more (CDAN+E).').default(false),
    entropyGradient: z
      .enum(['none', 'reversed'])
      .describe('Whether the entropy weights are constants, or learn.')
      .default('none'),
    randomized: z
      .union([z.boolean(), z.literal('auto')])
      .describe('Random projection of features × classes; auto: above 4096 products.')
      .default('auto'),
    randomizedDimension: atLeastOne.describe('Dimensions of the random projection.').default(1024),
    ...discriminator,
    ...reversal,
  }),
  z.strictObject({
    name: z.literal('dan').describe('Multi-kernel MMD of the features (Long et al. 2015).'),
    weight: weight('the discrepancy', 1),
    estimator: z
      .enum(['quadratic', 'linear'])
      .describe('All pairs, or neighbours only.')
      .default('quadratic'),
  }),
  z.strictObject({
    name: z.literal('jan').describe('Joint MMD of features and answers (Long et al. 2017).'),
    weight: weight('the discrepancy', 1),
    estimator: z
      .enum(['quadratic', 'linear'])
      .describe('All pairs, or neighbours only.')
      .default('quadratic'),
  }),
  z.strictObject({
    name: z.literal('coral').describe('Equal covariances (Sun and Saenko 2016), ‖Cs − Ct‖² / 4d².'),
    weight: weight('the discrepancy', 10),
  }),
  z.strictObject({
    name: z.literal('mdd').describe('Margin disparity discrepancy (Zhang et al. 2019).'),
    weight: weight('the discrepancy', 1),
    margin: positive.describe('γ, the weight of the source part.').default(4),
    width: atLeastOne.describe('Hidden width of the adversarial classifier.').default(1024),
    reversalSteps: positive.describe('N of the reversal strength.').default(1000),
    reversalMaximum: positive.describe('What the reversal strength grows to.').default(0.1),
  }),
  z.strictObject({
    name: z.literal('mcc').describe('Minimum class confusion (Jin et al. 2020).'),
    weight: weight('the confusion', 1),
    temperature: positive.describe('Of the softmax.').default(2.5),
  }),
  z.strictObject({
    name: z.literal('afn').describe('Adaptive feature norm (Xu et al. 2019).'),
    form: z
      .enum(['hafn', 'safn'])
      .describe('All norms to one radius, or each a step larger.')
      .default('safn'),
    weight: weight('the norm', 0.05),
    radius: positive.describe('Of hafn.').default(25),
    delta: positive.describe('Step of safn.').default(1),
    entropyWeight: weight("the target's entropy (+ENT)", 0),
  }),
  z.strictObject({
    name: z
      .literal('shot')
      .describe('Source hypothesis transfer (Liang et al. 2020): no source while adapting.'),
    ...sourceStage,
    pseudoLabels: z.boolean().describe('Centroid pseudo-labels; without them it is SHOT-IM.').default(true),
    pseudoLabelWeight: weight('the pseudo-labels', 0.3),
  }),
  z.strictObject({
    name: z.literal('adabn').describe('Batch norm with the statistics of the target (Li et al. 2016).'),
    labelSmoothing: smoothing,
    statistics: z
      .enum(['exact', 'one-pass', 'moving-average'])
      .describe('Layer by layer, all in one pass, or as training averages them.')
      .default('exact'),
  }),
  z.strictObject({
    name: z.literal('dsbn').describe('Domain-specific batch norm, then pseudo-labels (Chang et al. 2019).'),
    ...discriminator,
    ...reversal,
    selfTrainingShare: share.describe('Share of train.steps that trains on pseudo-labels.').default(0.5),
  }),
  z.strictObject({
    name: z.literal('transnorm').describe('DANN on transferable normalization (Wang et al. 2019).'),
    weight: weight('the domain loss', 1),
    ...discriminator,
    ...reversal,
  }),
  z.strictObject({
    name: z.literal('tent').describe('Entropy minimization at test time (Wang et al. 2021).'),
    labelSmoothing: smoothing,
    learningRate: positive.describe('Of the updates while it answers.').default(0.001),
    optimizer: z.enum(['adam', 'sgd']).describe('What makes the updates.').default('adam'),
    episodic: z.boolean().describe('Start anew with every batch.').default(false),
  }),
]);

export type MethodConfig = z.output<typeof methodSchema>;
export type MethodName = MethodConfig['name'];
