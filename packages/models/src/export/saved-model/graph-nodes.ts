// The nodes of a TensorFlow graph that is being written.

import type { StoredWeight } from '../weight-precision.ts';
import { DataType, shapeMessage, type DataTypeName } from '@plumbline/ops/saved-model';

/** An attribute as a NodeDef holds it. */
export const attribute = {
  type: (name: DataTypeName): object => ({ type: DataType[name] }),
  integers: (...values: number[]): object => ({ list: { i: values } }),
  integer: (value: number): object => ({ i: value }),
  text: (value: string): object => ({ s: new TextEncoder().encode(value) }),
  flag: (value: boolean): object => ({ b: value }),
  shape: (shape: readonly (number | null)[]): object => ({ shape: shapeMessage(shape) }),
};

/** The type of values most operations compute with. */
const T = { T: attribute.type('float') };

/** Collects nodes; every method adds one and gives its name, by which others take its output. */
export class GraphNodes {
  readonly nodes: object[] = [];

  /** Any operation; `attributes` has its types. */
  add(
    name: string,
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, object>>,
  ): string {
    this.nodes.push({ name, op, input: [...inputs], attr: { ...attributes } });
    return name;
  }

  /** An operation on float32 tensors whose one type attribute is T. */
  float(
    name: string,
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, object>> = {},
  ): string {
    return this.add(name, op, inputs, { ...T, ...attributes });
  }

  private constant(name: string, dtype: DataTypeName, shape: readonly number[], bytes: Uint8Array): string {
    const tensor = { dtype: DataType[dtype], tensorShape: shapeMessage(shape), tensorContent: bytes };
    return this.add(name, 'Const', [], { dtype: attribute.type(dtype), value: { tensor } });
  }

  /** float32 values, a vector unless there is another shape. */
  floats(name: string, values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.constant(name, 'float', shape, new Uint8Array(Float32Array.from(values).buffer));
  }

  /** int32 values, a vector unless there is another shape. */
  integers(name: string, values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.constant(name, 'int32', shape, new Uint8Array(Int32Array.from(values).buffer));
  }

  /** A weight as it is stored, made float32 by the graph. */
  weight({ name, shape, bytes, quantization }: StoredWeight): string {
    if (quantization === undefined) return this.constant(name, 'float', shape, bytes);
    const stored = quantization.dtype === 'float16' ? 'half' : 'uint8';
    const raw = this.constant(`${name}/stored`, stored, shape, bytes);
    const types = { SrcT: attribute.type(stored), DstT: attribute.type('float') };
    const { scale, min } = quantization;
    if (scale === undefined || min === undefined) return this.add(name, 'Cast', [raw], types);
    const cast = this.add(`${name}/cast`, 'Cast', [raw], types);
    const scaled = this.float(`${name}/scaled`, 'Mul', [cast, this.floats(`${name}/scale`, [scale], [])]);
    return this.float(name, 'AddV2', [scaled, this.floats(`${name}/min`, [min], [])]);
  }
}
