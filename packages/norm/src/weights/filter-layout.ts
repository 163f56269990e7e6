// How a layer's kernel divides into filters: which axes a per-filter statistic runs over, and the layer's fans.
// Weight normalizers see only this, so one normalizer serves every kind of layer.

/** The division of one kernel tensor into filters. */
export interface FilterLayout {
  /** Axes of the kernel a per-filter mean and variance are taken over; the other axes enumerate the filters. */
  readonly statisticAxes: readonly number[];
  /** Number of filters, which is the length of a per-filter parameter. */
  readonly filterCount: number;
  /** Weights in one filter: the n of every formula. */
  readonly fanIn: number;
  /** Output connections of one input channel: the receptive field times the output channels. */
  readonly fanOut: number;
}

/** The layout of a convolution kernel [kh, kw, Cin, Cout]: one filter per output channel, axes 0, 1 and 2. */
export function convolutionFilters(kernelShape: readonly number[]): FilterLayout {
  const [height, width, channelsIn, channelsOut] = kernelShape;
  if (
    kernelShape.length !== 4 ||
    height === undefined ||
    width === undefined ||
    channelsIn === undefined ||
    channelsOut === undefined
  ) {
    throw new Error(
      `A convolution kernel has four axes [height, width, input channels, filters], but this one has shape ` +
        `[${kernelShape.join(', ')}].`,
    );
  }
  return {
    statisticAxes: [0, 1, 2],
    filterCount: channelsOut,
    fanIn: height * width * channelsIn,
    fanOut: height * width * channelsOut,
  };
}

/** The number of elements along `axes` of a tensor of shape `shape`. */
export const elementsAlong = (shape: readonly number[], axes: readonly number[]): number =>
  axes.reduce((product, axis) => product * (shape[axis] ?? 1), 1);
