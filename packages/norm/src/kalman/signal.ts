// What travels between the layers of a model that is being wired: activations, and with them the moments that Kalman
// Normalization predicts from.

import * as tfl from '@tensorflow/tfjs-layers';

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
 * - `kept`: it sees the activations only, and their moments go on unchanged.
 *
 * At any other layer the moments end, and the next Kalman normalization begins without a prediction.
 */
export interface MomentAware {
  readonly momentFlow: 'mapped' | 'kept';
}

const flowOf = (layer: tfl.layers.Layer): MomentAware['momentFlow'] | 'ended' =>
  (layer as Partial<MomentAware>).momentFlow ?? 'ended';

/** The activations of a signal. */
export const activationsOf = (signal: Signal): tfl.SymbolicTensor =>
  signal instanceof tfl.SymbolicTensor ? signal : signal.x;

/** The moments of a signal, or null. */
export const momentsOf = (signal: Signal): tfl.SymbolicTensor | null =>
  signal instanceof tfl.SymbolicTensor ? null : signal.moments;

/**
 * Applies `layer` to one signal or several, handing it the moments if it takes them and all of the signals have them.
 *
 * @throws if a layer that knows nothing of moments has more than one output.
 */
export function connect(layer: tfl.layers.Layer, input: Signal | readonly Signal[]): Signal {
  const signals = Array.isArray(input) ? (input as readonly Signal[]) : [input as Signal];
  const moments = signals.map(momentsOf).filter((pair) => pair !== null);
  const flow = moments.length === signals.length ? flowOf(layer) : 'ended';
  const inputs = [...signals.map(activationsOf), ...(flow === 'mapped' ? moments : [])];
  const [first] = inputs;
  const single = !Array.isArray(input) && inputs.length === 1 && first !== undefined;
  const output = layer.apply(single ? first : inputs) as tfl.SymbolicTensor | tfl.SymbolicTensor[];
  if (Array.isArray(output)) return momentPair(output, layer);
  const [only] = moments;
  return flow === 'kept' && only !== undefined ? { x: output, moments: only } : output;
}

function momentPair(outputs: readonly tfl.SymbolicTensor[], layer: tfl.layers.Layer): SignalWithMoments {
  const [x, moments] = outputs;
  if (flowOf(layer) !== 'mapped' || x === undefined || moments === undefined) {
    throw new Error(
      `${layer.getClassName()} "${layer.name}" has ${outputs.length} outputs, and is not a layer with moments: apply it ` +
        `by hand, and connect the outputs that are wanted.`,
    );
  }
  return { x, moments };
}
