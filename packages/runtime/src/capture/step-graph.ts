// A step's program as a TensorFlow graph, with the program's variables as TensorFlow's own.
//
// The operations depend on each other only by their tensors, so TensorFlow may run them in any order that respects those.
// Where a variable changes, the order is said: a change in place waits for all that reads the value before it. Otherwise it
// would not only be wrong for a reader that comes late; TensorFlow would also copy a variable whose value is still in use.

import { DataType, shapeMessage } from '@plumbline/ops/saved-model';
import type * as tf from '@tensorflow/tfjs-core';
import { inferredTypes } from './inferred-types.ts';
import { nodeOf, type GraphEmitter, type Lowering } from './lowering.ts';
import { nodeAttributes } from './node-attributes.ts';
import { dataTypeOf, type SessionBinding } from './session-backend.ts';
import {
  changedVariables,
  isVariable,
  usedVersions,
  type Computation,
  type InPlaceOperation,
  type StepProgram,
  type Update,
  type Value,
  type VariableValue,
} from './step-program.ts';

/** What a session needs to run a graph: messages of its nodes, and their names. */
export interface StepGraph {
  readonly nodes: readonly object[];
  /** Placeholders of the step's inputs. */
  readonly inputs: readonly string[];
  /** Fetching the step's outputs changes the variables. */
  readonly outputs: readonly string[];
  /** By the program's order of variables. */
  readonly variables: readonly GraphVariable[];
  /** Whether the step has begun; before, no variable changes. */
  readonly begun: {
    /** Fetching this says that it has not. */
    readonly reset: string;
    readonly fetch: string;
  };
}

export interface GraphVariable {
  readonly variable: tf.Variable;
  /** Placeholder of a value for it. */
  readonly feed: string;
  /** Fetching this puts the fed value into it. */
  readonly stored: string;
  /** Fetching this gives its value. */
  readonly fetch: string;
  /** By the step. */
  readonly isChanged: boolean;
}

/** @param lower gives the node that stands for a computation, or null for the computation itself. */
export function stepGraph(program: StepProgram, binding: SessionBinding, lower: Lowering): StepGraph {
  return new GraphWriter(program, binding, lower).graph();
}

class GraphWriter implements GraphEmitter {
  readonly #program: StepProgram;
  readonly #binding: SessionBinding;
  readonly #lower: Lowering;
  readonly #nodes: object[] = [];
  /** Results by place of their operation. */
  readonly #results: string[] = [];
  readonly #inputs: string[] = [];
  readonly #constants = new Map<string, string>();
  readonly #handles = new Map<tf.Variable, string>();
  /** Reads by variable and version. */
  readonly #reads = new Map<tf.Variable, Map<number, string>>();
  /** The versions of variables whose values the step uses. */
  readonly #wanted: ReadonlyMap<tf.Variable, ReadonlySet<number>>;
  /** What takes the value of a node as an input. */
  readonly #consumers = new Map<string, string[]>();
  readonly #changed: ReadonlySet<tf.Variable>;
  /** The node after which a variable has its latest version. */
  readonly #changes = new Map<tf.Variable, string>();
  /** The node before every change. */
  #begin = '';
  /** What the nodes of the computation at hand wait for. */
  #after: readonly string[] = [];

  constructor(program: StepProgram, binding: SessionBinding, lower: Lowering) {
    this.#program = program;
    this.#binding = binding;
    this.#lower = lower;
    this.#wanted = usedVersions(program);
    this.#changed = changedVariables(program);
  }

  graph(): StepGraph {
    const { variables, operations, outputs } = this.#program;
    const [yes, no] = [this.#truth(1), this.#truth(0)];
    const graphVariables = variables.map((variable) => this.#declare(variable, yes));
    const begun = this.#declareBegun(yes, no);
    for (const variable of variables) this.#read({ variable, version: 0 });
    for (const operation of operations) {
      if (operation.kind === 'update') this.#results.push(this.#update(operation));
      else this.#results.push(this.#compute(operation));
    }
    const returned = outputs.map((value) => ({ value, name: this.#nameOf(value) }));
    const done = [...this.#assign(), ...this.#changes.values()];
    return {
      nodes: this.#nodes,
      inputs: this.#inputs,
      outputs: returned.map(({ value, name }, place) =>
        this.add('Identity', [name], { T: { type: value.dtype } }, place === 0 ? done : []),
      ),
      variables: graphVariables,
      begun,
    };
  }

  add(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, object>>,
    control: readonly string[] = this.#after,
  ): string {
    // TensorFlow names the node in what it finds wrong.
    const name = `${op}_${this.#nodes.length}`;
    const after = [...new Set(control)].map((node) => `^${node}`);
    this.#nodes.push({ name, op, input: [...inputs, ...after], attr: attributes });
    for (const input of inputs) {
      const consumers = this.#consumers.get(input);
      if (consumers === undefined) this.#consumers.set(input, [name]);
      else consumers.push(name);
    }
    return name;
  }

  attributesOf({
    name,
    attributes,
    inputs,
  }: Pick<Computation, 'name' | 'attributes' | 'inputs'>): Record<string, object> {
    return { ...inferredTypes(name, inputs), ...nodeAttributes(attributes, this.#binding) };
  }

  #truth(value: 0 | 1): string {
    const tensor = {
      ...{ dtype: DataType.bool, tensorShape: shapeMessage([]) },
      tensorContent: Uint8Array.of(value),
    };
    return this.add('Const', [], { dtype: { type: DataType.bool }, value: { tensor } });
  }

  #declareBegun(yes: string, no: string): StepGraph['begun'] {
    const dtype = { type: DataType.bool };
    const handle = this.#variable('begun', dtype, { shape: shapeMessage([]) });
    this.#begin = this.add('AssignVariableOp', [handle, yes], { dtype });
    const assigned = this.add('AssignVariableOp', [handle, no], { dtype });
    return {
      reset: this.add('Identity', [no], { T: dtype }, [assigned]),
      fetch: this.add('ReadVariableOp', [handle], { dtype }),
    };
  }

  #variable(name: string, dtype: object, shape: object): string {
    return this.add('VarHandleOp', [], { dtype, shape, shared_name: { s: new TextEncoder().encode(name) } });
  }

  #declare(variable: tf.Variable, one: string): GraphVariable {
    const dtype = { type: dataTypeOf(variable) };
    const shape = { shape: shapeMessage(variable.shape) };
    const handle = this.#variable(`variable${this.#handles.size}`, dtype, shape);
    this.#handles.set(variable, handle);
    const feed = this.add('Placeholder', [], { dtype, shape });
    const assigned = this.add('AssignVariableOp', [handle, feed], { dtype });
    return {
      ...{ variable, feed },
      stored: this.add('Identity', [one], { T: { type: DataType.bool } }, [assigned]),
      fetch: this.add('ReadVariableOp', [handle], { dtype }),
      isChanged: this.#changed.has(variable),
    };
  }

  #compute(computation: Computation): string {
    const inputs = computation.inputs.map((value) => this.#nameOf(value));
    this.#after = (computation.after ?? []).map((value) => nodeOf(this.#nameOf(value)));
    const node =
      this.#lower(computation, this, inputs) ??
      this.add(computation.name, inputs, this.attributesOf(computation));
    this.#after = [];
    return node;
  }

  /** Gives the last node. */
  #update({ operations, results }: Update): string {
    let last: string | null = null;
    for (const operation of operations) last = this.#changeInPlace(operation, last);
    if (last === null) throw new Error('An update of weights has no operation.');
    for (const { variable, version } of results) {
      this.#changes.set(variable, last);
      this.#read({ variable, version });
    }
    return last;
  }

  #changeInPlace({ name, flags, inputs }: InPlaceOperation, after: string | null): string {
    const given = inputs.map((input) => (isVariable(input) ? this.#handleOf(input) : this.#nameOf(input)));
    const changed = inputs.filter(isVariable);
    const control = changed.flatMap((variable) => this.#readersOf(variable));
    const before = changed.flatMap((variable) => this.#changes.get(variable) ?? []);
    const flagged = Object.entries(flags).map(([flag, value]) => [flag, { b: value }] as const);
    return this.add(name, given, { T: { type: DataType.float }, ...Object.fromEntries(flagged) }, [
      this.#begin,
      ...(after === null ? [] : [after]),
      ...before,
      ...control,
    ]);
  }

  /** Every node that reads a variable so far, and whatever takes what they read. */
  #readersOf(variable: tf.Variable): string[] {
    const reads = [...(this.#reads.get(variable)?.values() ?? [])];
    return reads.flatMap((read) => [read, ...(this.#consumers.get(read) ?? [])]);
  }

  #assign(): string[] {
    return this.#program.assignments.map(({ variable, value }) => {
      const name = this.#nameOf(value);
      const dtype = { type: value.dtype };
      const change = this.#changes.get(variable);
      return this.add('AssignVariableOp', [this.#handleOf(variable), name], { dtype }, [
        this.#begin,
        ...(this.#reads.get(variable)?.values() ?? []),
        ...(change === undefined ? [] : [change]),
      ]);
    });
  }

  #handleOf(variable: tf.Variable): string {
    const handle = this.#handles.get(variable);
    if (handle === undefined) throw new Error(`The variable ${variable.name} is not part of the step.`);
    return handle;
  }

  #nameOf(value: Value): string {
    switch (value.kind) {
      case 'variable':
        return this.#readOf(value);
      case 'constant':
        return this.#constant(value);
      case 'input':
        return this.#input(value);
      case 'result': {
        const name = this.#results[value.operation];
        if (name === undefined) throw new Error(`Operation ${value.operation} of the step has no node.`);
        return value.output === 0 ? name : `${name}:${value.output}`;
      }
    }
  }

  /**
   * Reads a variable as it is after all changes so far, if the step has a use for that. It is done when the version comes to
   * be, because the step may use it later than the next change.
   */
  #read({ variable, version }: Pick<VariableValue, 'variable' | 'version'>): void {
    if (this.#wanted.get(variable)?.has(version) !== true) return;
    const reads = this.#reads.get(variable) ?? new Map<number, string>();
    this.#reads.set(variable, reads);
    const change = this.#changes.get(variable);
    const control = change === undefined ? [] : [change];
    const dtype = { type: dataTypeOf(variable) };
    reads.set(version, this.add('ReadVariableOp', [this.#handleOf(variable)], { dtype }, control));
  }

  #readOf({ variable, version }: VariableValue): string {
    const read = this.#reads.get(variable)?.get(version);
    if (read === undefined)
      throw new Error(`Version ${version} of the variable ${variable.name} has not been read.`);
    return read;
  }

  #constant({ shape, dtype, bytes }: Extract<Value, { kind: 'constant' }>): string {
    const key = `${dtype}/${shape.join()}/${Buffer.from(bytes).toString('base64')}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const tensor = { dtype, tensorShape: shapeMessage(shape), tensorContent: bytes };
    const name = this.add('Const', [], { dtype: { type: dtype }, value: { tensor } });
    this.#constants.set(key, name);
    return name;
  }

  #input({ index, shape, dtype }: Extract<Value, { kind: 'input' }>): string {
    while (this.#inputs.length <= index) this.#inputs.push('');
    const known = this.#inputs[index];
    if (known !== undefined && known !== '') return known;
    const name = this.add('Placeholder', [], {
      dtype: { type: dtype },
      shape: { shape: shapeMessage(shape) },
    });
    this.#inputs[index] = name;
    return name;
  }
}
