// A graph with TensorFlow's own variables, in a session of its own.

import { encodeSavedModel } from './encode-saved-model.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionBackend, TensorMetadata } from './session-backend.ts';

/** A graph is read as of this version of TensorFlow's; it decides nothing but which old behaviours are asked for. */
const GRAPH_VERSION = 1882;
const TAG = 'step';

export class GraphSession {
  readonly #backend: SessionBackend;
  readonly #model: number;

  /** @throws what TensorFlow finds wrong with the graph. */
  constructor(backend: SessionBackend, nodes: readonly object[]) {
    this.#backend = backend;
    const bytes = encodeSavedModel({
      savedModelSchemaVersion: 1,
      metaGraphs: [
        {
          metaInfoDef: { tags: [TAG] },
          graphDef: { node: nodes, versions: { producer: GRAPH_VERSION } },
        },
      ],
    });
    // The binding makes sessions from folders alone.
    const folder = mkdtempSync(join(tmpdir(), 'plumbline-step-'));
    try {
      writeFileSync(join(folder, 'saved_model.pb'), bytes);
      this.#model = backend.binding.loadSavedModel(folder, TAG);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Feeds the values of handles to nodes, and gives the values of others; the handles of those are the caller's. */
  run(feeds: readonly string[], values: readonly number[], fetches: readonly string[]): TensorMetadata[] {
    const names = (nodes: readonly string[]): string => nodes.map((node) => `${node}:0`).join(',');
    return this.#backend.binding.runSavedModel(this.#model, values, names(feeds), names(fetches));
  }

  dispose(): void {
    this.#backend.binding.deleteSavedModel(this.#model);
  }
}
