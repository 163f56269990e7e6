// Shapes and types of an operation's outputs, without running it. Of what training steps are mostly made of; the rest is tried
// out where it is met.

import type { NativeAttribute } from '@plumbline/ops';
import { DataType } from '@plumbline/ops/saved-model';

export interface InferredOutput {
  readonly shape: readonly number[];
  /** Of tensorflow/core/framework/types.proto. */
  readonly dtype: number;
}

export interface KnownInput extends InferredOutput {
  /** Numbers of what gives sizes, axes or orders. */
  values(): readonly number[];
}

type Attributes = (name: string) => NativeAttribute['value'] | undefined;

/** Null where only running it can say. */
type Rule = (
  inputs: readonly [KnownInput, ...KnownInput[]],
  attribute: Attributes,
) => readonly InferredOutput[] | null;

/** Null if there is no rule for it. */
export function inferOutputs(
  operation: string,
  attributes: readonly NativeAttribute[],
  inputs: readonly KnownInput[],
): readonly InferredOutput[] | null {
  const [first, ...others] = inputs;
  if (first === undefined) return null;
  const attribute: Attributes = (name) => attributes.find((given) => given.name === name)?.value;
  return RULES.get(operation)?.([first, ...others], attribute) ?? null;
}

const one = (shape: readonly number[], { dtype }: { readonly dtype: number }): InferredOutput[] => [
  { shape, dtype },
];
const bool = { dtype: DataType.bool };

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** A place in a shape, where −1 is the last one. */
const placeIn = (rank: number, axis: number): number => (axis < 0 ? axis + rank : axis);

function broadcast(inputs: readonly InferredOutput[]): number[] {
  const rank = Math.max(...inputs.map(({ shape }) => shape.length));
  return Array.from({ length: rank }, (_, place) => {
    const sizes = inputs.map(({ shape }) => shape[place - rank + shape.length] ?? 1);
    return sizes.find((size) => size !== 1) ?? 1;
  });
}

const asFirst: Rule = ([x]) => one(x.shape, x);
const elementwise: Rule = (inputs) => one(broadcast(inputs), inputs[0]);
const comparison: Rule = (inputs) => one(broadcast(inputs), bool);

const reduction: Rule = ([x, axes], attribute) => {
  if (axes === undefined) return null;
  const reduced = new Set(axes.values().map((axis) => placeIn(x.shape.length, axis)));
  const keeps = attribute('keep_dims') === true;
  return one(
    x.shape.flatMap((size, place) => (!reduced.has(place) ? [size] : keeps ? [1] : [])),
    x,
  );
};

const cast: Rule = ([{ shape }], attribute) => {
  const dtype = attribute('DstT');
  return typeof dtype === 'number' ? one(shape, { dtype }) : null;
};

const reshape: Rule = ([x, sizes]) => {
  if (sizes === undefined) return null;
  const wanted = sizes.values();
  const rest = sizeOf(x.shape) / sizeOf(wanted.filter((size) => size !== -1));
  return one(
    wanted.map((size) => (size === -1 ? rest : size)),
    x,
  );
};

const expandDims: Rule = ([x, axis]) => {
  const [place] = axis?.values() ?? [];
  return place === undefined ? null : one(x.shape.toSpliced(placeIn(x.shape.length + 1, place), 0, 1), x);
};

const transpose: Rule = ([x, order]) =>
  order === undefined
    ? null
    : one(
        order.values().map((place) => x.shape[place] ?? 1),
        x,
      );

const tile: Rule = ([x, times]) => {
  const factors = times?.values();
  return factors === undefined
    ? null
    : one(
        x.shape.map((size, place) => size * (factors[place] ?? 1)),
        x,
      );
};

const fill: Rule = ([sizes, value]) => (value === undefined ? null : one(sizes.values(), value));

const slice: Rule = ([x, begin, size]) => {
  const [starts, sizes] = [begin?.values(), size?.values()];
  if (starts === undefined || sizes === undefined) return null;
  return one(
    sizes.map((wanted, place) => (wanted === -1 ? (x.shape[place] ?? 1) - (starts[place] ?? 0) : wanted)),
    x,
  );
};

const concat: Rule = (inputs) => {
  const [first, axis] = [inputs[0], inputs.at(-1)?.values()[0]];
  if (axis === undefined) return null;
  const place = placeIn(first.shape.length, axis);
  const size = inputs.slice(0, -1).reduce((sum, { shape }) => sum + (shape[place] ?? 1), 0);
  return one(first.shape.with(place, size), first);
};

const split: Rule = ([x, sizes, axis]) => {
  const [along] = axis?.values() ?? [];
  if (sizes === undefined || along === undefined) return null;
  const place = placeIn(x.shape.length, along);
  const wanted = sizes.values();
  if (wanted.includes(-1)) return null;
  return wanted.map((size) => ({ shape: x.shape.with(place, size), dtype: x.dtype }));
};

/** Indices to a new axis at `axis`. */
const oneHot: Rule = ([indices, depth, on], attribute) => {
  const [size] = depth?.values() ?? [];
  const axis = attribute('axis');
  if (size === undefined || on === undefined || typeof axis !== 'number') return null;
  return one(indices.shape.toSpliced(placeIn(indices.shape.length + 1, axis), 0, size), on);
};

const gather: Rule = ([x, indices, axis], attribute) => {
  const [along] = axis?.values() ?? [];
  if (indices === undefined || along === undefined || Number(attribute('batch_dims') ?? 0) !== 0) return null;
  return one(x.shape.toSpliced(placeIn(x.shape.length, along), 1, ...indices.shape), x);
};

const select: Rule = (inputs) => {
  const [, x] = inputs;
  return x === undefined ? null : one(broadcast(inputs), x);
};

const matMul =
  (transposesA: string, transposesB: string): Rule =>
  ([a, b], attribute) => {
    if (b === undefined) return null;
    const rows = a.shape.at(attribute(transposesA) === true ? -1 : -2);
    const columns = b.shape.at(attribute(transposesB) === true ? -2 : -1);
    if (rows === undefined || columns === undefined) return null;
    const batch = [a, b].map(({ shape, dtype }) => ({ shape: shape.slice(0, -2), dtype }));
    return one([...broadcast(batch), rows, columns], a);
  };

const convolution: Rule = ([x, filter], attribute) => {
  const [strides, dilations] = [attribute('strides'), attribute('dilations') ?? [1, 1, 1, 1]];
  const padding = attribute('padding');
  const isPlain = attribute('data_format') === 'NHWC' && (padding === 'SAME' || padding === 'VALID');
  const [filterHeight, filterWidth, , channels] = filter?.shape ?? [];
  if (!isPlain || !Array.isArray(strides) || !Array.isArray(dilations) || channels === undefined) return null;
  const sizeAlong = (place: 1 | 2, kernel = 1): number => {
    const [size, stride, dilation] = [x.shape[place] ?? 1, Number(strides[place]), Number(dilations[place])];
    const covered = padding === 'SAME' ? 1 : (kernel - 1) * dilation + 1;
    return Math.ceil((size - covered + 1) / stride);
  };
  return one([x.shape[0] ?? 1, sizeAlong(1, filterHeight), sizeAlong(2, filterWidth), channels], x);
};

const convolutionBackToInput: Rule = ([sizes, , gradient]) =>
  gradient === undefined ? null : one(sizes.values(), gradient);
const convolutionBackToFilter: Rule = ([x, sizes]) => (sizes === undefined ? null : one(sizes.values(), x));

const named = (rule: Rule, operations: string): [string, Rule][] =>
  operations.split(' ').map((name) => [name, rule]);

const RULES: ReadonlyMap<string, Rule> = new Map([
  ...named(
    asFirst,
    'Identity ZerosLike OnesLike Neg Abs Sign Square Sqrt Rsqrt Reciprocal Exp Expm1 Log Log1p Erf Floor Ceil Round Sigmoid Tanh ' +
      'Relu Relu6 ReluGrad Relu6Grad Elu Softplus Softmax LogSoftmax LogicalNot Cumsum AddN',
  ),
  ...named(
    elementwise,
    'Add AddV2 Sub Mul Div RealDiv DivNoNan FloorDiv FloorMod Maximum Minimum Pow SquaredDifference',
  ),
  ...named(
    comparison,
    'Equal NotEqual Less LessEqual Greater GreaterEqual LogicalAnd LogicalOr IsNan IsInf IsFinite',
  ),
  ...named(reduction, 'Sum Mean Prod Max Min All Any'),
  ...named(cast, 'Cast'),
  ...named(reshape, 'Reshape'),
  ...named(expandDims, 'ExpandDims'),
  ...named(transpose, 'Transpose'),
  ...named(tile, 'Tile'),
  ...named(fill, 'Fill'),
  ...named(slice, 'Slice'),
  ...named(concat, 'ConcatV2'),
  ...named(split, 'SplitV'),
  ...named(select, 'Select SelectV2'),
  ...named(oneHot, 'OneHot'),
  ...named(gather, 'GatherV2'),
  ...named(matMul('transpose_a', 'transpose_b'), 'MatMul'),
  ...named(matMul('adj_x', 'adj_y'), 'BatchMatMul BatchMatMulV2'),
  ...named(convolution, 'Conv2D'),
  ...named(convolutionBackToInput, 'Conv2DBackpropInput'),
  ...named(convolutionBackToFilter, 'Conv2DBackpropFilter'),
]);
