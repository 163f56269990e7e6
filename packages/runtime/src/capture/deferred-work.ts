// Work whose operations are computed only where somebody looks.
//
// An operation gives a handle and a shape at once; its numbers follow when they are read, or when a tensor outlives the work.
// A recording of a step reads none and keeps none, so that it takes neither the time of a step nor the memory for its
// activations, all of which TensorFlow.js holds until the gradients are done.

import type { NativeAttribute } from '@plumbline/ops';
import { DataType } from '@plumbline/ops/saved-model';
import { inferOutputs, type InferredOutput } from './inferred-outputs.ts';
import {
  bindingWith,
  describeShape,
  metadataOf,
  NO_HANDLE,
  type SessionBackend,
  type SessionBinding,
  type TensorMetadata,
  type TensorValues,
} from './session-backend.ts';

/** An operation that may be computed later. */
interface Deferred {
  readonly name: string;
  readonly attributes: readonly NativeAttribute[];
  /** Handles. */
  readonly inputs: readonly number[];
  readonly outputs: readonly TensorMetadata[];
  /** Handles of the outputs' numbers. */
  computed: readonly number[] | null;
}

let isRunning = false;

/** Whether operations are deferred now. */
export const isDeferring = (): boolean => isRunning;

/** What `work` returns. Work within such work is a part of it. */
export function deferComputation<T>(backend: SessionBackend, work: () => T): T {
  if (isRunning) return work();
  const { binding } = backend;
  const deferring = new DeferringBinding(backend);
  const stopListening = hearOfOutputs(backend, (id, dataId) => {
    deferring.nameHolder(id, dataId);
  });
  backend.binding = deferring.binding();
  isRunning = true;
  const stop = (): readonly unknown[] => {
    isRunning = false;
    stopListening();
    backend.binding = binding;
    return deferring.settle();
  };
  let result: T;
  try {
    result = work();
  } catch (error) {
    // What went wrong first is what the caller should hear.
    stop();
    throw error;
  }
  const [error] = stop();
  if (error !== undefined) throw error as Error;
  return result;
}

function hearOfOutputs(backend: SessionBackend, hear: (id: number, dataId: object) => void): () => void {
  const { createOutputTensor } = backend;
  backend.createOutputTensor = (metadata) => {
    const tensor = createOutputTensor.call(backend, metadata);
    hear(metadata.id, tensor.dataId);
    return tensor;
  };
  return () => {
    backend.createOutputTensor = createOutputTensor;
  };
}

/** Elements up to which a vector of integers is taken for a size or an axis rather than for data. */
const FEW = 16;

/** Operations whose outputs' shapes depend on numbers. */
const DEPENDS_ON_NUMBERS = /^(Unique|Where|NonMaxSuppression|ListDiff|Bincount|DenseBincount|Range)/;

class DeferringBinding {
  readonly #backend: SessionBackend;
  readonly #binding: SessionBinding;
  /** In the order of the operations, and so that each one's inputs stand before it. */
  readonly #operations: Deferred[] = [];
  /** Of deferred handles: the operation's place and which of its outputs. */
  readonly #origins = new Map<number, { readonly place: number; readonly output: number }>();
  /** Data of TensorFlow.js by the deferred handle that stands for its numbers. */
  readonly #holders = new Map<number, object>();
  readonly #knownShapes = new Map<number, InferredOutput>();
  /** Handles that are not needed any more but by what has not been computed. */
  readonly #released: number[] = [];
  /** Those of the binding are not negative, and −1 is none. */
  #nextHandle = -2;

  constructor(backend: SessionBackend) {
    this.#backend = backend;
    this.#binding = backend.binding;
  }

  binding(): SessionBinding {
    const binding = this.#binding;
    const deferred: Partial<SessionBinding> = {
      executeOp: (name, attributes, inputs, outputCount) =>
        this.#defer(name, attributes, inputs, outputCount),
      tensorDataSync: (id) => this.#read(id),
      deleteTensor: (id) => {
        if (!isDeferred(id)) this.#released.push(id);
      },
      runSavedModel: (model, inputs, ...names) =>
        binding.runSavedModel(
          model,
          inputs.map((id) => this.#computed(id)),
          ...names,
        ),
    };
    return bindingWith(binding, deferred);
  }

  /** Says which data of TensorFlow.js a handle was given to. */
  nameHolder(id: number, dataId: object): void {
    if (isDeferred(id)) this.#holders.set(id, dataId);
  }

  /** Computes what is still held and frees the rest; gives what TensorFlow could not compute, whose tensors have no numbers then. */
  settle(): readonly unknown[] {
    const adopted = new Set<number>();
    const errors: unknown[] = [];
    for (const [id, dataId] of this.#holders) {
      if (!this.#backend.tensorMap.has(dataId)) continue;
      const data = this.#backend.tensorMap.get(dataId);
      try {
        data.id = this.#computed(id);
        adopted.add(data.id);
      } catch (error) {
        data.id = NO_HANDLE;
        errors.push(error);
      }
    }
    const computed = this.#operations.flatMap((operation) => operation.computed ?? []);
    for (const id of [...computed, ...this.#released]) if (!adopted.has(id)) this.#binding.deleteTensor(id);
    return errors;
  }

  #defer(
    name: string,
    attributes: readonly NativeAttribute[],
    inputs: readonly number[],
    outputCount: number,
  ): TensorMetadata[] {
    const known = inputs.map((id) => ({ ...this.#shapeOf(id), values: () => Array.from(this.#read(id)) }));
    const inferred =
      inferOutputs(name, attributes, known) ?? this.#tryOut(name, attributes, inputs, outputCount);
    const place = this.#operations.length;
    const outputs = inferred.map(({ shape, dtype }, output): TensorMetadata => {
      const id = this.#nextHandle--;
      this.#origins.set(id, { place, output });
      this.#knownShapes.set(id, { shape, dtype });
      return { id, shape: [...shape], dtype };
    });
    this.#operations.push({ name, attributes, inputs, outputs, computed: null });
    return outputs;
  }

  /** The outputs' shapes, from running the operation on zeros in place of what has not been computed. */
  #tryOut(
    name: string,
    attributes: readonly NativeAttribute[],
    inputs: readonly number[],
    outputCount: number,
  ): readonly InferredOutput[] {
    const zeros: number[] = [];
    const substitute = (id: number): number => {
      const { shape, dtype } = this.#shapeOf(id);
      const isSizes = dtype === DataType.int32 && shape.length < 2 && (shape[0] ?? 1) <= FEW;
      if (!isDeferred(id) || isSizes) return this.#computed(id);
      const zero = this.#zeros(shape, dtype);
      zeros.push(zero);
      return zero;
    };
    const run = (values: readonly number[]): readonly InferredOutput[] => {
      const outputs = this.#binding.executeOp(name, attributes, values, outputCount);
      for (const { id } of outputs) this.#binding.deleteTensor(id);
      return outputs.map(({ shape, dtype }) => ({ shape: [...shape], dtype }));
    };
    const onNumbers = (): readonly InferredOutput[] => run(inputs.map((id) => this.#computed(id)));
    if (DEPENDS_ON_NUMBERS.test(name)) return onNumbers();
    try {
      return run(inputs.map(substitute));
    } catch {
      // Zeros may be what it cannot do; if it is not that, this says so.
      return onNumbers();
    } finally {
      for (const id of zeros) this.#binding.deleteTensor(id);
    }
  }

  #zeros(shape: readonly number[], dtype: number): number {
    const binding = this.#binding;
    const value = zeroOf(dtype);
    const sizes = binding.createTensor([shape.length], DataType.int32, Int32Array.from(shape));
    const zero = binding.createTensor([], dtype, value);
    const type = (name: string, of: number): NativeAttribute => ({
      ...{ name, type: binding.TF_ATTR_TYPE, value: of },
    });
    const attributes = [type('T', dtype), type('index_type', DataType.int32)];
    const [filled] = binding.executeOp('Fill', attributes, [sizes, zero], 1);
    binding.deleteTensor(sizes);
    binding.deleteTensor(zero);
    if (filled === undefined) throw new Error('TensorFlow gave no output of Fill.');
    return filled.id;
  }

  #shapeOf(id: number): InferredOutput {
    const known = this.#knownShapes.get(id);
    if (known !== undefined) return known;
    const metadata = metadataOf(this.#binding, id);
    this.#knownShapes.set(id, metadata);
    return metadata;
  }

  #read(id: number): TensorValues {
    return this.#binding.tensorDataSync(this.#computed(id));
  }

  /** A handle of the binding's for any handle. */
  #computed(id: number): number {
    if (!isDeferred(id)) return id;
    const origin = this.#origins.get(id);
    if (origin === undefined) throw new Error(`Nothing made the deferred tensor of handle ${id}.`);
    for (const place of this.#neededFor(origin.place)) this.#compute(place);
    return this.#operation(origin.place).computed?.[origin.output] ?? id;
  }

  /** Operations not computed yet that one depends on, and that one itself, in their order. */
  #neededFor(place: number): number[] {
    const needed = new Set<number>();
    const open = [place];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const operation = this.#operation(next);
      if (operation.computed !== null || needed.has(next)) continue;
      needed.add(next);
      for (const input of operation.inputs) {
        const origin = this.#origins.get(input);
        if (origin !== undefined) open.push(origin.place);
      }
    }
    return [...needed].sort((a, b) => a - b);
  }

  #compute(place: number): void {
    const operation = this.#operation(place);
    const { name, attributes, inputs, outputs } = operation;
    const results = this.#binding.executeOp(
      name,
      attributes,
      inputs.map((id) => this.#computed(id)),
      outputs.length,
    );
    operation.computed = results.map(({ id }) => id);
    for (const [output, { shape }] of results.entries()) {
      const [is, expected] = [describeShape(shape), describeShape(outputs[output]?.shape ?? [])];
      if (is !== expected)
        throw new Error(`${name} gave a tensor of shape ${is} where ${expected} was inferred.`);
    }
  }

  #operation(place: number): Deferred {
    const operation = this.#operations[place];
    if (operation === undefined) throw new Error(`There is no deferred operation ${place}.`);
    return operation;
  }
}

/** @throws on a type that there is no zero of here. */
function zeroOf(dtype: number): TensorValues {
  switch (dtype) {
    case DataType.float:
      return Float32Array.of(0);
    case DataType.int32:
      return Int32Array.of(0);
    case DataType.bool:
      return Uint8Array.of(0);
    default:
      throw new Error(`There is no zero of the type ${dtype}.`);
  }
}

const isDeferred = (id: number): boolean => id < NO_HANDLE;
