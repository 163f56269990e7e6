/**
 * A TensorFlow.js graph model from files on disk, for `loadGraphModel`: `model.json`, which holds the GraphDef and names
 * the weight files beside it. TensorFlow.js's own `file://` handler comes with the native backend only.
 */
import { tf } from '@plumbline/runtime';
import type { io } from '@tensorflow/tfjs-core';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The part of a GraphDef node that is read here. */
export interface GraphNode {
  name: string;
  op: string;
  /** Names of nodes, `name:1` for another output than the first, `^name` for order alone. */
  input?: string[];
}

/** What loads the model, and the operations it consists of. */
export interface GraphModelFiles {
  handler: io.IOHandler;
  nodes: readonly GraphNode[];
}

/** Bytes of a value as it is stored. */
const WIDTHS: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  complex64: 8,
  float16: 2,
  uint16: 2,
  uint8: 1,
  bool: 1,
};

/** Bytes of a weight; null for strings, whose length only the data says. */
function storedBytes({ shape, dtype, quantization }: io.WeightsManifestEntry): number | null {
  const width = WIDTHS[quantization?.dtype ?? dtype];
  return width === undefined ? null : shape.reduce((size, length) => size * length, width);
}

/** `model.json` itself, where a folder or a `file://` address was named. */
async function modelFile(path: string): Promise<string> {
  const local = path.startsWith('file://') ? fileURLToPath(path) : path;
  const found = await stat(local).catch(() => null);
  return found?.isDirectory() === true ? join(local, 'model.json') : local;
}

const codeOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : String(error));

/**
 * Reads the graph of a model; its weights are read when it is loaded.
 *
 * @param path the folder, its `model.json`, or the `file://` address of either.
 * @throws with one sentence when a file is missing or damaged, or the model is none of this kind.
 */
export async function openGraphModelFiles(path: string): Promise<GraphModelFiles> {
  const file = await modelFile(path);
  let json: io.ModelJSON | null;
  try {
    json = JSON.parse(await readFile(file, 'utf8')) as typeof json;
  } catch (error) {
    const problem = error instanceof SyntaxError ? 'is no JSON' : `cannot be read (${codeOf(error)})`;
    throw new Error(
      `${file} ${problem}: name the folder of a TensorFlow.js graph model, with model.json and its weight files, that you ` +
        `have a copy of; nothing is downloaded.`,
      { cause: error },
    );
  }
  const nodes = (json?.modelTopology as { node?: GraphNode[] } | undefined)?.node;
  if (json === null || !Array.isArray(nodes) || !Array.isArray(json.weightsManifest)) {
    const format = json?.format === undefined ? '' : ` (its format is "${json.format}")`;
    throw new Error(
      `${file} holds no graph model${format}: name one ` +
        `that tensorflowjs_converter wrote as "graph-model".`,
    );
  }
  const readWeights = (manifest: io.WeightsManifestConfig): ReturnType<typeof weights> =>
    weights(file, manifest);
  return { nodes, handler: { load: () => tf.io.getModelArtifactsForJSON(json, readWeights) } };
}

async function weights(
  file: string,
  manifest: io.WeightsManifestConfig,
): Promise<[io.WeightsManifestEntry[], ArrayBuffer]> {
  const entries = tf.io.getWeightSpecs(manifest);
  const parts = await Promise.all(
    manifest.flatMap(({ paths }) => paths).map((path) => readPart(file, join(dirname(file), path))),
  );
  const bytes = tf.io.concatenateArrayBuffers(parts);
  const sizes = entries.map(storedBytes);
  const wanted = sizes.includes(null) ? null : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  if (wanted !== null && wanted !== bytes.byteLength) {
    throw new Error(
      `The weight files beside ${file} hold ${bytes.byteLength} bytes, and it describes ${wanted}: copy the folder again.`,
    );
  }
  return [entries, bytes];
}

async function readPart(file: string, path: string): Promise<ArrayBuffer> {
  try {
    return new Uint8Array(await readFile(path)).buffer;
  } catch (error) {
    throw new Error(
      `The weight file ${path} that ${file} names cannot be read (${codeOf(error)}): copy the whole folder.`,
      { cause: error },
    );
  }
}
