// What travels between the layers of a model that is being wired: activations, and with them the moments that Kalman
// Normalization predicts from.

import * as tfl from '@tensorflow/tfjs-layers';
import { ObservedMoments, type ObservedOver } from './observed-moments.ts';

/** Activations, alone or with their moments [B, 2, C]. */
export type Signal = tfl.SymbolicTensor | SignalWithMoments;

export interface SignalWithMoments {
  readonly x: tfl.SymbolicTensor;
  /** Means and variances of the channels of x, [1, 2, C] or [N, 2, C]. */
  readonly moments: tfl.SymbolicTensor;
}

/**
 * A layer that knows of moments. Its `momentFlow` says how they pass it:
 * - `mapped`: it takes them as further inputs after the activations, and returns [y, moments] or y alone;
 * - `kept`: it sees the activations only, and their moments go on unchanged;
 * - `apart`: what it gives is moments and no activations.
 *
 * At any other layer the moments end, and the next Kalman normalization begins without a prediction.
 */
export interface MomentAware {
  readonly momentFlow: 'mapped' | 'kept' | 'apart';
  /** Of a layer with several inputs: over what the moments of one that has none are observed, where another has some. Left out: all end. */
  readonly observes?: ObservedOver;
}

/** Null of a layer that knows nothing of moments: they end there. */
export const momentFlowOf = (layer: tfl.layers.Layer): MomentAware['momentFlow'] | null =>
  (layer as Partial<MomentAware>).momentFlow ?? null;

/** The activations of a signal. */
export const activationsOf = (signal: Signal): tfl.SymbolicTensor =>
  signal instanceof tfl.SymbolicTensor ? signal : signal.x;

/** The moments of a signal, or null. */
export const momentsOf = (signal: Signal): tfl.SymbolicTensor | null =>
  signal instanceof tfl.SymbolicTensor ? null : signal.moments;

/**
 * Applies `layer` to one signal or several, handing it the moments if it takes them and all of the signals have them, or it has
 * those of the others observed.
 *
 * @throws if a layer that knows nothing of moments has more than one output.
 */
export function connect(layer: tfl.layers.Layer, input: Signal | readonly Signal[]): Signal {
  const signals = withObserved(
    layer,
    Array.isArray(input) ? (input as readonly Signal[]) : [input as Signal],
  );
  const moments = signals.map(momentsOf).filter((pair) => pair !== null);
  const flow = moments.length === signals.length ? momentFlowOf(layer) : null;
  const inputs = [...signals.map(activationsOf), ...(flow === 'mapped' ? moments : [])];
  const [first] = inputs;
  const single = !Array.isArray(input) && inputs.length === 1 && first !== undefined;
  const output = layer.apply(single ? first : inputs) as tfl.SymbolicTensor | tfl.SymbolicTensor[];
  if (Array.isArray(output)) return momentPair(output, layer);
  const [only] = moments;
  return flow === 'kept' && only !== undefined ? { x: output, moments: only } : output;
}

/** The signals, with moments for those that have none where `layer` wants them observed and another has some. */
function withObserved(layer: tfl.layers.Layer, signals: readonly Signal[]): readonly Signal[] {
  const { observes: over } = layer as Partial<MomentAware>;
  if (over === undefined || signals.every((signal) => momentsOf(signal) === null)) return signals;
  return signals.map((signal, place) => {
    if (momentsOf(signal) !== null) return signal;
    const x = activationsOf(signal);
    const observed = new ObservedMoments({ name: `${layer.name}.observed${place}`, over });
    return { x, moments: observed.apply(x) as tfl.SymbolicTensor };
  });
}

function momentPair(outputs: readonly tfl.SymbolicTensor[], layer: tfl.layers.Layer): SignalWithMoments {
  const [x, moments] = outputs;
  if (momentFlowOf(layer) !== 'mapped' || x === undefined || moments === undefined) {
    throw new Error(
      `${layer.getClassName()} "${layer.name}" has ${outputs.length} outputs, and is not a layer with moments: apply it ` +
        `by hand, and connect the outputs that are wanted.`,
    );
  }
  return { x, moments };
}
