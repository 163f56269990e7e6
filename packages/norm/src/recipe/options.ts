// What a recipe can be told beyond its name.

import type { StatisticsCommunicator } from '../communicator.ts';
import type { KalmanPrediction } from '../kalman/predict.ts';
import type { BatchChannelNormArgs } from '../layers/batch-channel-norm.ts';
import type { BatchRenormArgs } from '../layers/batch-renorm.ts';
import type { FilterResponseNormArgs } from '../layers/filter-response-norm.ts';
import type { MovingAverageBatchNormArgs } from '../layers/moving-average-batch-norm.ts';
import type { CenteredWeightNormalizationArgs } from '../weights/centered-weight-normalization.ts';
import type { ParametricWeightStandardizationArgs } from '../weights/parametric-weight-standardization.ts';
import type { ScaledWeightStandardizationArgs } from '../weights/scaled-weight-standardization.ts';
import type { WeightAlignArgs } from '../weights/weight-align.ts';
import type { WeightStandardizationVariant } from '../weights/weight-standardization.ts';

export interface RecipeOptions {
  /** Seed of all initial kernels. Default 0. */
  seed?: number;
  /** Groups of `gn`, `gkn`, `bcn` and `evos0`. Default 32; where they do not divide the channels, the largest fitting smaller number is used. */
  groups?: number;
  /** ε of the activations' normalization. Default: the method's own, mostly 1e-5. */
  epsilon?: number;
  /** Share of the new batch in the running averages of `bn`, `syncbn`, `brn`, `bkn`, `dsbn` and `tn`. Default 0.1, of `brn` 0.01. */
  momentum?: number;
  /** ε, and granularity of γ, of `wa`. Default 1e-5, and one γ per filter, or none where the next normalization undoes it. */
  weightAlign?: WeightAlignArgs;
  /** Which published Weight Standardization `ws` is. Default `pytorch`, the authors' own. */
  weightStandardization?: WeightStandardizationVariant;
  /** Fan mode and ε of `pws`. */
  parametricWeightStandardization?: ParametricWeightStandardizationArgs;
  /** Variant of `cwn`. */
  centeredWeightNormalization?: CenteredWeightNormalizationArgs;
  /** Variant and factor of `sws`. Default: NFNet's factor for ReLU in the kernel. */
  scaledWeightStandardization?: ScaledWeightStandardizationArgs;
  /** Bounds and average of `brn`. */
  batchRenormalization?: Pick<BatchRenormArgs, 'rMax' | 'dMax' | 'average'>;
  /** Form, window and warm-up of `mabn`. */
  movingAverage?: Pick<
    MovingAverageBatchNormArgs,
    'form' | 'bufferSize' | 'normalizationBatch' | 'warmup' | 'renormalizationWarmup' | 'momentum'
  >;
  /** How `bkn` predicts (`gkn` always in closed form), and how much both rely on it. Default `reference`, 0.9. */
  kalman?: { prediction?: KalmanPrediction; predictionRate?: number };
  /** The batch step of `bcn`. */
  batchChannel?: Pick<BatchChannelNormArgs, 'batchStep' | 'rate'>;
  /** Whether `frn` learns its ε. */
  filterResponse?: Pick<FilterResponseNormArgs, 'learnedEpsilon'>;
  /** Domains of `dsbn`. Default 2. */
  domains?: number;
  /** The other processes of `syncbn`. Default: none; `useCommunicator` sets it later. */
  communicator?: StatisticsCommunicator;
  /** Takes the sentences about redundant or unsound combinations. Default: console.warn. */
  onWarning?: (warning: string) => void;
}
