// What is drawn through the depth of a network: which numbers of a record, on which axis, and what they say.

import type { InsideRecord } from '../inside-record.ts';
import type { LayerValues } from './layer-axis.ts';
import type { Panel } from './panel.ts';

export interface Quantity extends Pick<Panel, 'label' | 'scale' | 'reference'> {
  read(record: InsideRecord): LayerValues;
}

/** One picture; its panels share the layers. */
export interface DepthView {
  readonly title: string;
  readonly quantities: readonly Quantity[];
  /** What it shows, and how to read it. */
  readonly explanation: string;
}

type Place = InsideRecord['activations'][number]['place'];

const signalOf = (place: Place, reference?: number): Quantity[] => [
  {
    label: 'variance of the layer',
    scale: 'log',
    ...(reference !== undefined && { reference }),
    read: ({ activations }) =>
      activations
        .filter((one) => one.place === place)
        .map(({ layer, variance }) => ({ layer, value: variance })),
  },
  {
    label: '|mean| of the layer, in standard deviations',
    scale: 'linear',
    read: ({ activations }) =>
      activations
        .filter((one) => one.place === place)
        .map(({ layer, mean, variance }) => ({ layer, value: Math.abs(mean) / Math.sqrt(variance) })),
  },
];

const convolutions: DepthView = {
  title: 'Activations after each convolution',
  quantities: signalOf('convolution', 1),
  explanation:
    'What convolutions give out in training mode, before a normalization of activations where the recipe has one. The dotted line at 1 is the ' +
    'variance that He’s initialization means to keep. Where no normalization follows (wa, pws, none), a variance that grows or dies from layer to ' +
    'layer makes the gradients do the same: such a recipe is stable where its line stays level, at the end of training as at its beginning.',
};

const sums: DepthView = {
  title: 'Activations after each residual sum',
  quantities: signalOf('sum'),
  explanation:
    'The signal on the residual path, in training mode. Where every branch adds about the same variance it grows by a constant amount from block to ' +
    'block; without any normalization it about doubles, which a logarithmic axis shows as a straight line upwards. A large mean says that all ' +
    'images share an offset, and that little of the signal tells them apart.',
};

const rectifiers: DepthView = {
  title: 'Activations before each rectifier',
  quantities: signalOf('rectifier', 1),
  explanation:
    'What a rectifier gets, in training mode: after the normalization, where the recipe has one. The dotted line at 1 is the variance that a fresh ' +
    'normalization gives. A mean far from 0 leaves a rectifier always open or always shut.',
};

const gradients: DepthView = {
  title: 'Gradients through depth',
  quantities: [
    {
      label: 'norm of the gradient of each layer’s weights',
      scale: 'log',
      read: (record) => record.gradients.map(({ layer, norm }) => ({ layer, value: norm })),
    },
    {
      label: 'the same, relative to the norm of the weights',
      scale: 'log',
      read: (record) => record.gradients.map(({ layer, relative }) => ({ layer, value: relative })),
    },
  ],
  explanation:
    'Of the plain cross-entropy, for the weights that are trained. Times the learning rate, the lower plot is the share of itself that a ' +
    'layer moves by in a step: where it differs by orders of magnitude between layers, no learning rate suits them all. A last layer that begins with small weights ' +
    'has large relative gradients at first.',
};

const shift: DepthView = {
  title: 'Shift of the average gradient',
  quantities: [
    {
      label: '|mean| / root mean square of a filter’s gradient',
      scale: 'linear',
      read: ({ shifts }) => shifts.map(({ layer, gradient }) => ({ layer, value: gradient })),
    },
    {
      label: '|mean| / standard deviation of a filter’s weights, as they are used',
      scale: 'linear',
      read: ({ shifts }) => shifts.map(({ layer, weights }) => ({ layer, value: weights })),
    },
  ],
  explanation:
    'Means over the filters of each convolution. A gradient with a mean moves all weights of a filter alike (above), and what gathers in ' +
    'the weights (below) makes the variance of the layer’s output grow, since its inputs are not negative (Liu, Ge, Li, Gui 2021; our measure of it). ' +
    'Filters that are centred (wa, ws, pws, mabn) have neither.',
};

/** The pictures that `records` have numbers for, in the order in which they are read. */
export const depthViewsOf = (records: readonly InsideRecord[]): DepthView[] =>
  [convolutions, hasInAll(records, 'sum') ? sums : rectifiers, gradients, shift].filter(({ quantities }) =>
    quantities.every(({ read }) => records.some((record) => read(record).length > 0)),
  );

/** A network with residual blocks has its signal on their path. */
const hasInAll = (records: readonly InsideRecord[], place: Place): boolean =>
  records.every(({ activations }) => activations.filter((one) => one.place === place).length > 1);
