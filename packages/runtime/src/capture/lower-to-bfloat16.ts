// Convolutions and matrix products in bfloat16: what most of a step's time goes into, and what processors have instructions
// for. Their operands are rounded to 8 bits of mantissa, once for all that take them; products are summed in float32 inside
// an operation, and its result is float32 again. bfloat16 has float32's range, so that no loss has to be scaled.
//
// Kalamkar et al.: "A Study of BFLOAT16 for Deep Learning Training", 2019, arXiv 1905.12322.

import { DataType } from '@plumbline/ops/saved-model';
import type { GraphEmitter, Lowering } from './step-graph.ts';

/** Operations and which of their inputs are operands; the others are sizes. */
const OPERANDS: Readonly<Record<string, readonly number[]>> = {
  Conv2D: [0, 1],
  Conv2DBackpropInput: [1, 2],
  Conv2DBackpropFilter: [0, 2],
  MatMul: [0, 1],
  BatchMatMulV2: [0, 1],
};

/** For one graph. */
export function lowerToBfloat16(): Lowering {
  const rounded = new Map<string, string>();
  const round = (node: string, emit: GraphEmitter): string => {
    const known = rounded.get(node);
    if (known !== undefined) return known;
    const cast = emit.add('Cast', [node], {
      SrcT: { type: DataType.float },
      DstT: { type: DataType.bfloat16 },
    });
    rounded.set(node, cast);
    return cast;
  };
  return (computation, emit, inputs) => {
    const operands = OPERANDS[computation.name];
    if (operands === undefined) return null;
    if (operands.some((place) => computation.inputs[place]?.dtype !== DataType.float)) return null;
    const taken = inputs.map((input, place) => (operands.includes(place) ? round(input, emit) : input));
    const attributes = { ...emit.attributesOf(computation), T: { type: DataType.bfloat16 } };
    const result = emit.add(computation.name, taken, attributes);
    return emit.add('Cast', [result], { SrcT: { type: DataType.bfloat16 }, DstT: { type: DataType.float } });
  };
}
