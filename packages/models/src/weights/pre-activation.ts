/** Names of weights say that a normalization belongs to a convolution, and not on which side of it. */
import type * as tfl from '@tensorflow/tfjs-layers';

/** @throws if the model is of blocks whose normalizations stand before their convolutions: its sums are not rectified. */
export function refusePreActivation(model: tfl.LayersModel): void {
  const names = new Set(model.layers.map(({ name }) => name));
  const block = [...names].map((name) => /^(.*layer1\.0)\.add$/.exec(name)?.[1]).find((found) => found);
  if (block === undefined || names.has(`${block}.relu`)) return;
  throw new Error(
    `The model "${model.name}" normalizes before its convolutions, and weights are read as of networks that do so behind them: ` +
      'build it with preActivation false.',
  );
}
