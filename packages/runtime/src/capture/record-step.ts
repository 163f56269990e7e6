// Runs a step once and writes down what TensorFlow was asked to compute.
//
// All operations of the "tensorflow" backend pass through its `binding`, which this replaces while the step runs.

import type { NativeAttribute } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs-core';
import { registeredVariables } from './without-effect.ts';
import { mapTensors, tensorsIn } from './tensor-containers.ts';
import { isRecording, startRecording, type InPlaceStep } from './recorded-update.ts';
import {
  bindingWith,
  dataTypeOf,
  metadataOf,
  type SessionBackend,
  type SessionBinding,
  type TensorValues,
  isGraphType,
  underOwnHandle,
} from './session-backend.ts';
import type {
  Computation,
  ConstantValue,
  ForwardPass,
  InPlaceOperation,
  StepProgram,
  Update,
  Value,
  VariableValue,
} from './step-program.ts';

export interface RecordedStep<Outputs> {
  /** What the step returned. */
  readonly outputs: Outputs;
  /** Null where a step cannot be a graph. */
  readonly program: StepProgram | null;
  /** Why not, in a sentence; null where it can. */
  readonly problem: string | null;
}

/** Runs `step` on the values of `inputs`, and records it. What `step` throws is thrown. */
export function recordStep<Inputs extends tf.TensorContainer, Outputs extends tf.TensorContainer>(
  backend: SessionBackend,
  step: (inputs: Inputs) => Outputs,
  inputs: Inputs,
): RecordedStep<Outputs> {
  if (isRecording()) throw new Error('A step is being recorded; one within it cannot be recorded too.');
  // A handle says which input is read, also where two inputs are the same tensor, or one is known to the step otherwise.
  const own = mapTensors(inputs, (input) => underOwnHandle(backend, input));
  try {
    return recordOn(backend, step, own);
  } finally {
    tf.dispose(own);
  }
}

function recordOn<Inputs extends tf.TensorContainer, Outputs extends tf.TensorContainer>(
  backend: SessionBackend,
  step: (inputs: Inputs) => Outputs,
  inputs: Inputs,
): RecordedStep<Outputs> {
  const recorder = new Recorder(backend, tensorsIn(inputs));
  const { binding } = backend;
  backend.binding = recorder.binding();
  const stop = startRecording(recorder);
  let outputs: Outputs;
  try {
    outputs = step(inputs);
  } finally {
    stop();
    backend.binding = binding;
  }
  const problem = recorder.problem;
  return { outputs, problem, program: problem === null ? recorder.program(tensorsIn(outputs)) : null };
}

class Recorder {
  readonly #backend: SessionBackend;
  readonly #binding: SessionBinding;
  readonly #operations: (Computation | Update)[] = [];
  readonly #forwards: ForwardPass[] = [];
  #isInForward = false;
  /** By handle. */
  readonly #values = new Map<number, Value>();
  readonly #before: ReadonlyMap<tf.Variable, number>;
  readonly #used = new Set<tf.Variable>();
  readonly #versions = new Map<tf.Variable, VariableValue>();
  /** Operations in place of which an update stands. */
  #isStoodFor = false;
  #problem: string | null = null;

  constructor(backend: SessionBackend, inputs: readonly tf.Tensor[]) {
    this.#backend = backend;
    this.#binding = backend.binding;
    const variables = registeredVariables().filter(({ dtype }) => isGraphType(dtype));
    this.#before = new Map(variables.map((variable) => [variable, this.#ownHandle(variable)]));
    for (const [variable, id] of this.#before) this.#values.set(id, versionOf(variable, 0));
    inputs.forEach((input, index) => {
      const [dtype, shape] = [dataTypeOf(input), input.shape];
      this.#values.set(this.#handle(input), { kind: 'input', index, shape, dtype });
    });
  }

  get problem(): string | null {
    return this.#problem ?? this.#newVariable();
  }

  binding(): SessionBinding {
    const binding = this.#binding;
    const recorded: Partial<SessionBinding> = {
      executeOp: (name, attributes, inputs, outputCount) =>
        this.#execute(name, attributes, inputs, outputCount),
      createTensor: (shape, dtype, values) => {
        const id = binding.createTensor(shape, dtype, values);
        this.#values.set(id, this.#constant([...shape], dtype, values));
        return id;
      },
      tensorDataSync: (id) => {
        this.#problem ??= `it reads a tensor on the host after ${this.#latest()}`;
        return binding.tensorDataSync(id);
      },
    };
    return bindingWith(binding, recorded);
  }

  /** Runs `eager`, and writes `steps` down in its place. */
  update(steps: readonly InPlaceStep[], eager: () => void): void {
    const operations = steps.map(({ name, flags = {}, inputs }): InPlaceOperation => ({
      ...{ name, flags },
      inputs: inputs.map((input) => ('changed' in input ? input.changed : this.#valueOf(input))),
    }));
    const changed = [
      ...new Set(steps.flatMap(({ inputs }) => inputs.flatMap((i) => ('changed' in i ? [i.changed] : [])))),
    ];
    for (const variable of changed) this.#refuseReassigned(variable);
    this.#isStoodFor = true;
    try {
      eager();
    } finally {
      this.#isStoodFor = false;
    }
    const results = changed.map((variable) => {
      const value = versionOf(variable, (this.#versions.get(variable)?.version ?? 0) + 1);
      this.#versions.set(variable, value);
      this.#used.add(variable);
      this.#values.set(this.#handle(variable), value);
      return value;
    });
    this.#operations.push({ kind: 'update', operations, results });
  }

  /** Runs `work`, and writes down where it began and ended. */
  forward<T>(work: () => T): T {
    // A pass within a pass is a part of it.
    if (this.#isInForward) return work();
    const begin = this.#operations.length;
    this.#isInForward = true;
    try {
      return work();
    } finally {
      this.#isInForward = false;
      this.#forwards.push({ begin, end: this.#operations.length });
    }
  }

  program(outputs: readonly tf.Tensor[]): StepProgram {
    const assignments: { variable: tf.Variable; value: Value }[] = [];
    for (const [variable, before] of this.#before) {
      if (variable.isDisposed) continue;
      const now = this.#handle(variable);
      const value = this.#known(now);
      if (now === before || value === this.#versions.get(variable)) continue;
      this.#used.add(variable);
      assignments.push({ variable, value });
    }
    const values = outputs.map((output) => this.#valueOf(output));
    return {
      ...{ operations: this.#operations, forwards: this.#forwards },
      ...{ assignments, outputs: values, variables: [...this.#used] },
    };
  }

  #execute(
    name: string,
    attributes: readonly NativeAttribute[],
    inputs: readonly number[],
    outputCount: number,
  ): ReturnType<SessionBinding['executeOp']> {
    if (this.#isStoodFor) return this.#binding.executeOp(name, attributes, inputs, outputCount);
    const values = inputs.map((id) => this.#known(id));
    const results = this.#binding.executeOp(name, attributes, inputs, outputCount);
    const operation = this.#operations.length;
    this.#operations.push({ kind: 'computation', name, attributes, inputs: values });
    results.forEach(({ id, shape, dtype }, output) => {
      this.#values.set(id, { kind: 'result', operation, output, shape, dtype });
    });
    return results;
  }

  /** What a handle stands for; one that was there before the step and is no variable, for its numbers. */
  #known(id: number): Value {
    const known = this.#values.get(id);
    if (known?.kind === 'variable') this.#used.add(known.variable);
    if (known !== undefined) return known;
    const { shape, dtype } = metadataOf(this.#binding, id);
    const value = this.#constant(shape, dtype, this.#binding.tensorDataSync(id));
    this.#values.set(id, value);
    return value;
  }

  #constant(shape: readonly number[], dtype: number, values: TensorValues): ConstantValue {
    // What the binding gives and takes of strings is no typed array.
    const isNumbers = ArrayBuffer.isView(values);
    if (!isNumbers) this.#problem ??= 'it takes a tensor of strings from the host';
    // A copy: whoever made the tensor may use the array again.
    const bytes = isNumbers
      ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice()
      : new Uint8Array();
    return { kind: 'constant', shape, dtype, bytes };
  }

  #valueOf(tensor: tf.Tensor): Value {
    return this.#known(this.#handle(tensor));
  }

  #handle(tensor: tf.Tensor): number {
    const [id] = this.#backend.getInputTensorIds([tensor]);
    if (id === undefined) throw new Error('The backend has no handle of a tensor.');
    return id;
  }

  /** The handle of a variable that no other variable has too, so that it says which one is read. */
  #ownHandle(variable: tf.Variable): number {
    const id = this.#handle(variable);
    if (this.#backend.tensorMap.get(variable.dataId).refCount === 1) return id;
    tf.tidy(() => {
      variable.assign(underOwnHandle(this.#backend, variable));
    });
    return this.#handle(variable);
  }

  /** An in-place update changes what the graph's variable holds, which an assignment of the same step has not reached. */
  #refuseReassigned(variable: tf.Variable): void {
    const now = this.#handle(variable);
    const latest = this.#versions.get(variable);
    const isAsKnown =
      latest === undefined ? now === this.#before.get(variable) : this.#values.get(now) === latest;
    if (!isAsKnown)
      this.#problem ??= `it assigns the variable ${variable.name} and then has it updated in place`;
  }

  #newVariable(): string | null {
    const added = registeredVariables().find(
      (variable) => isGraphType(variable.dtype) && !this.#before.has(variable),
    );
    return added === undefined ? null : `it makes a new variable, ${added.name}, in every step`;
  }

  #latest(): string {
    const last = this.#operations.at(-1);
    if (last === undefined) return 'nothing else';
    return last.kind === 'update' ? 'an update of weights' : `the operation ${last.name}`;
  }
}

const versionOf = (variable: tf.Variable, version: number): VariableValue => ({
  ...{ kind: 'variable', variable, version },
  ...{ shape: variable.shape, dtype: dataTypeOf(variable) },
});
