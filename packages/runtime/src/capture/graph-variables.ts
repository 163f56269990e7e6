// Keeps TensorFlow.js's variables and those of a graph one and the same, to whoever looks.
//
// After a run of the graph the variables that it changes are ahead. Most of them nobody reads until the next evaluation or
// checkpoint, so they are fetched when the first of them is: the handle of such a variable's data is computed when it is
// asked for. A variable that was assigned outside the graph is handed to the graph before its next run.

import * as tf from '@tensorflow/tfjs-core';
import type { GraphSession } from './graph-session.ts';
import { dataTypeOf, NO_HANDLE, type SessionBackend, type TensorData } from './session-backend.ts';
import type { GraphVariable } from './step-graph.ts';

interface Mirror extends GraphVariable {
  /** The data that has or stands for the graph's value; the variable has other data once it has been assigned. */
  dataId: object | null;
}

export class GraphVariables {
  readonly #backend: SessionBackend;
  readonly #session: GraphSession;
  readonly #mirrors: readonly Mirror[];
  /** Those that the graph changes; the data of the others is as good after a run as before. */
  readonly #changed: readonly Mirror[];
  /** The graph's values have not been fetched since its last run. */
  #isAhead = false;

  constructor(backend: SessionBackend, session: GraphSession, variables: readonly GraphVariable[]) {
    this.#backend = backend;
    this.#session = session;
    this.#mirrors = variables.map((variable) => ({ ...variable, dataId: null }));
    this.#changed = this.#mirrors.filter(({ isChanged }) => isChanged);
  }

  /** @throws if a variable was disposed. */
  requireAll(): void {
    const disposed = this.#mirrors.find(({ variable }) => variable.isDisposed);
    if (disposed !== undefined)
      throw new Error(`The captured step uses the variable ${disposed.variable.name}, which was disposed.`);
  }

  /** Makes the graph's variables what TensorFlow.js's are, and then runs `run`, which changes them. */
  around<T>(run: () => T): T {
    // Whoever else holds data of a variable wants it as it is now.
    if (this.#isAhead && this.#changed.some((mirror) => this.#isHeldElsewhere(mirror))) this.fetch();
    this.#store(this.#mirrors.filter((mirror) => this.#isAssigned(mirror)));
    for (const mirror of this.#mirrors) {
      if (!mirror.isChanged) mirror.dataId = mirror.variable.dataId;
      else if (this.#isAssigned(mirror) || this.#isHeldElsewhere(mirror)) this.#renew(mirror);
    }
    // Before the run: values that TensorFlow.js has too would be copied in order to be changed. They would be found in the graph
    // alone also after an error.
    this.#markAhead();
    return run();
  }

  /** Brings TensorFlow.js's variables up to date. */
  fetch(): void {
    if (!this.#isAhead) return;
    const present = this.#changed.filter(({ dataId }) => dataId !== null && this.#isHeld(dataId));
    const fetches = present.map(({ fetch }) => fetch);
    const values = fetches.length === 0 ? [] : this.#session.run([], [], fetches);
    this.#isAhead = false;
    present.forEach(({ dataId }, place) => {
      const id = values[place]?.id;
      if (dataId !== null && id !== undefined) setHandle(this.#dataOf(dataId), id);
    });
  }

  #store(mirrors: readonly Mirror[]): void {
    if (mirrors.length === 0) return;
    const values = this.#backend.getInputTensorIds(mirrors.map(({ variable }) => variable));
    const done = this.#session.run(
      mirrors.map(({ feed }) => feed),
      values,
      mirrors.map(({ stored }) => stored),
    );
    for (const { id } of done) this.#backend.binding.deleteTensor(id);
  }

  /** Gives a variable data of its own, to be fetched. */
  #renew(mirror: Mirror): void {
    const { variable } = mirror;
    tf.tidy(() => {
      const data = this.#backend.createOutputTensor({
        id: NO_HANDLE,
        shape: variable.shape,
        dtype: dataTypeOf(variable),
      });
      variable.assign(data);
    });
    mirror.dataId = variable.dataId;
  }

  #markAhead(): void {
    this.#isAhead = true;
    for (const { dataId } of this.#changed) {
      if (dataId === null) continue;
      const data = this.#dataOf(dataId);
      const { value } = Object.getOwnPropertyDescriptor(data, 'id') ?? {};
      // One that has no handle yet is computed already.
      if (value === undefined) continue;
      if (value !== NO_HANDLE) this.#backend.binding.deleteTensor(value as number);
      Object.defineProperty(data, 'id', {
        configurable: true,
        enumerable: true,
        get: () => {
          this.fetch();
          return data.id;
        },
        set: (id: number) => setHandle(data, id),
      });
    }
  }

  /** By a clone, or by whatever the variable's data was given to. */
  #isHeldElsewhere({ variable, dataId }: Mirror): boolean {
    if (dataId === null || !this.#isHeld(dataId)) return false;
    return this.#dataOf(dataId).refCount > (variable.dataId === dataId ? 1 : 0);
  }

  /** Since it last had the graph's value. */
  #isAssigned({ variable, dataId, isChanged }: Mirror): boolean {
    // Data that another backend took away comes back as numbers, under another handle.
    return variable.dataId !== dataId || (isChanged && !this.#isHeld(dataId));
  }

  #isHeld(dataId: object): boolean {
    return this.#backend.tensorMap.has(dataId);
  }

  #dataOf(dataId: object): TensorData {
    return this.#backend.tensorMap.get(dataId);
  }
}

function setHandle(data: TensorData, id: number): void {
  Object.defineProperty(data, 'id', { configurable: true, enumerable: true, writable: true, value: id });
}
