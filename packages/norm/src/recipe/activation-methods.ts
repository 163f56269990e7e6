// The second half of a recipe's name: how activations are normalized, and what that asks of the layers around.

import * as tfl from '@tensorflow/tfjs-layers';
import { BatchKalmanNorm } from '../kalman/batch-kalman-norm.ts';
import { GroupKalmanNorm } from '../kalman/group-kalman-norm.ts';
import { KalmanConv2D } from '../kalman/kalman-conv2d.ts';
import { MomentAdd } from '../kalman/moment-add.ts';
import { MomentRelu } from '../kalman/moment-relu.ts';
import type { ObservedOver } from '../kalman/observed-moments.ts';
import { BatchChannelNorm } from '../layers/batch-channel-norm.ts';
import { BatchNorm } from '../layers/batch-norm.ts';
import { BatchRenorm } from '../layers/batch-renorm.ts';
import { DomainSpecificBatchNorm } from '../layers/domain-specific-batch-norm.ts';
import { EvoNormB0, EvoNormS0 } from '../layers/evo-norm.ts';
import { FilterResponseNorm, ThresholdedLinearUnit } from '../layers/filter-response-norm.ts';
import { GroupNorm } from '../layers/group-norm.ts';
import { MovingAverageBatchNorm } from '../layers/moving-average-batch-norm.ts';
import { NormConv2D, type NormConv2DArgs } from '../layers/norm-conv2d.ts';
import { Relu } from '../layers/relu.ts';
import { SyncBatchNorm } from '../layers/sync-batch-norm.ts';
import { TransNorm } from '../layers/trans-norm.ts';
import type { RecipeOptions } from './options.ts';
import type { WeightMethodName } from './weight-methods.ts';

/** What every normalization layer of a recipe is made with. */
export interface NormLayerArgs {
  name: string;
  gammaInitializer: 'ones' | 'zeros';
  epsilon?: number;
}

export interface ActivationMethod {
  readonly title: string;
  /** @param activated Whether an activation follows. */
  norm(args: NormLayerArgs, options: RecipeOptions, activated: boolean): tfl.layers.Layer;
  /** Whether every channel is divided by a deviation of its own, which undoes any scale of the filter before. */
  readonly undoesScale: boolean;
  /** The weight method it is defined with, taken where the recipe names none. */
  readonly weights?: WeightMethodName;
  /** Whether the norm made with `activated` contains the activation. */
  readonly includesActivation?: boolean;
  conv?(args: NormConv2DArgs, options: RecipeOptions): tfl.layers.Layer;
  act?(name: string): tfl.layers.Layer;
  add?(name: string): tfl.layers.Layer;
}

/** The entries of `options` that were given. */
const given = <T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

const grouped = (args: NormLayerArgs, { groups }: RecipeOptions) =>
  ({ ...args, ...given({ groups }), unevenGroups: 'fit' }) as const;

const moments = (observes: ObservedOver) => ({
  act: (name: string) => new MomentRelu({ name }),
  add: (name: string) => new MomentAdd({ name, observes }),
});

export const activationMethods = {
  bn: {
    title: 'Batch Normalization',
    norm: (args, { momentum }) => new BatchNorm({ ...args, ...given({ momentum }) }),
    undoesScale: true,
  },
  syncbn: {
    title: 'synchronized Batch Normalization',
    norm: (args, { momentum, communicator }) => {
      const layer = new SyncBatchNorm({ ...args, ...given({ momentum }) });
      if (communicator !== undefined) layer.communicator = communicator;
      return layer;
    },
    undoesScale: true,
  },
  brn: {
    title: 'Batch Renormalization',
    norm: (args, { momentum, batchRenormalization }) =>
      new BatchRenorm({ ...args, ...given({ momentum }), ...batchRenormalization }),
    undoesScale: true,
  },
  gn: {
    title: 'Group Normalization',
    norm: (args, options) => new GroupNorm(grouped(args, options)),
    undoesScale: false,
  },
  ln: {
    title: 'Layer Normalization',
    norm: (args) => new GroupNorm({ ...args, groups: 1 }),
    undoesScale: false,
  },
  in: {
    title: 'Instance Normalization',
    norm: (args) => new GroupNorm({ ...args, groups: 'channels' }),
    undoesScale: true,
  },
  mabn: {
    title: 'Moving Average Batch Normalization',
    norm: (args, { movingAverage }) => new MovingAverageBatchNorm({ ...args, ...movingAverage }),
    undoesScale: true,
    weights: 'wc',
  },
  bkn: {
    title: 'Batch Kalman Normalization',
    norm: (args, { momentum, kalman }) =>
      new BatchKalmanNorm({ ...args, ...given({ momentum }), ...kalman, emitMoments: true }),
    undoesScale: true,
    conv: (args, { kalman }) => new KalmanConv2D({ ...args, ...given({ prediction: kalman?.prediction }) }),
    ...moments('batch'),
  },
  gkn: {
    title: 'Group Kalman Normalization',
    norm: (args, options) =>
      new GroupKalmanNorm({
        ...grouped(args, options),
        ...given({ predictionRate: options.kalman?.predictionRate }),
        emitMoments: true,
      }),
    undoesScale: false,
    conv: (args) => new KalmanConv2D({ ...args, prediction: 'consistent' }),
    ...moments('sample'),
  },
  bcn: {
    title: 'Batch-Channel Normalization',
    norm: (args, options) => new BatchChannelNorm({ ...grouped(args, options), ...options.batchChannel }),
    undoesScale: true,
  },
  frn: {
    title: 'Filter Response Normalization',
    norm: (args, { filterResponse }) => new FilterResponseNorm({ ...args, ...filterResponse }),
    undoesScale: true,
    act: (name) => new ThresholdedLinearUnit({ name }),
  },
  evob0: {
    title: 'EvoNorm-B0',
    norm: (args, _options, activated) => new EvoNormB0({ ...args, nonlinearity: activated }),
    undoesScale: true,
    includesActivation: true,
  },
  evos0: {
    title: 'EvoNorm-S0',
    norm: (args, options, activated) => new EvoNormS0({ ...grouped(args, options), nonlinearity: activated }),
    undoesScale: false,
    includesActivation: true,
  },
  dsbn: {
    title: 'Domain-Specific Batch Normalization',
    norm: (args, { momentum, domains }) =>
      new DomainSpecificBatchNorm({ ...args, ...given({ momentum, domains }) }),
    undoesScale: true,
  },
  tn: {
    title: 'TransNorm',
    norm: (args, { momentum }) => new TransNorm({ ...args, ...given({ momentum }) }),
    undoesScale: true,
  },
} as const satisfies Record<string, ActivationMethod>;

export type ActivationMethodName = keyof typeof activationMethods;

export const isActivationMethod = (name: string): name is ActivationMethodName =>
  Object.hasOwn(activationMethods, name);

/** The layers around a method's normalization, with the defaults where it asks for nothing. */
export const surroundings = (method: ActivationMethod | null) => ({
  conv: (args: NormConv2DArgs, options: RecipeOptions): tfl.layers.Layer =>
    method?.conv?.(args, options) ?? new NormConv2D(args),
  act: (name: string): tfl.layers.Layer => method?.act?.(name) ?? new Relu({ name }),
  add: (name: string): tfl.layers.Layer => method?.add?.(name) ?? tfl.layers.add({ name }),
});
