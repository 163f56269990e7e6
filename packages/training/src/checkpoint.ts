// A training run on disk: weights, optimizer state, other state, and where the run stood.
//
// One safetensors file. Tensor names begin with the part they belong to: `model/…`, `optimizer/…`,
// `average/…`, `state/…`.
// The header's metadata holds the rest as one JSON text, so that a checkpoint can be told from another without
// loading it. Integers (seeds, counters) are kept as I32: everything is restored bit by bit.

import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { writeFileAtomic } from './atomic-file.ts';
import { type NamedVariable, namedVariables } from './named-variables.ts';
import { decodeSafetensors, encodeSafetensors, type SafeTensor, type SafeTensors } from './safetensors.ts';

/** A value that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface CheckpointMetadata {
  /** Optimizer steps done; training goes on with step number `step`. */
  readonly step: number;
  /** Batches taken from the loader so far: `step · accumulate`; where the sampler goes on. */
  readonly position: number;
  /** The run's seed: with `position`, all the loader's randomness. */
  readonly seed: number;
  /** The best validation score so far, and its step; null before the first evaluation. */
  readonly best: { readonly score: number; readonly step: number } | null;
  /** `fingerprint(config)` of the run that wrote it. */
  readonly config: string;
  /** The schedule, random states that are no variables, a label mapping: anything else the run needs. */
  readonly extra?: Json;
}

/** Something with variables of stable names that belong in a checkpoint. */
export interface Stateful {
  state(): readonly NamedVariable[];
}

export interface CheckpointParts {
  model: tfl.LayersModel;
  /** Leave it out for a file of weights only, as `best` is. */
  optimizer?: Stateful;
  /** The average of the model's weights, where there is one. */
  average?: Stateful;
  /** Variables outside the model, the optimizer and the average. */
  state?: readonly NamedVariable[];
}

/**
 * Writes a checkpoint atomically.
 *
 * @throws with one sentence if the file cannot be written, or if a value is not finite: a broken state never
 *   replaces a good checkpoint.
 */
export async function saveCheckpoint(
  path: string,
  parts: CheckpointParts,
  metadata: CheckpointMetadata,
): Promise<void> {
  const tensors = new Map<string, SafeTensor>();
  for (const { name, variable } of variablesOf(parts)) {
    if (variable.dtype !== 'float32' && variable.dtype !== 'int32')
      throw new Error(`Variable "${name}" is ${variable.dtype}; a checkpoint can hold float32 and int32.`);
    const data = (await variable.data()) as Float32Array | Int32Array;
    if (!data.every(Number.isFinite))
      throw new Error(
        `At step ${metadata.step} "${name}" holds values that are not finite numbers, so ${path} was not written; the checkpoint before it is intact.`,
      );
    tensors.set(name, { shape: variable.shape, data });
  }
  await writeFileAtomic(
    path,
    encodeSafetensors({ tensors, metadata: { format: 'plumbline', plumbline: JSON.stringify(metadata) } }),
  );
}

/**
 * Restores what `saveCheckpoint` wrote into the given model, optimizer and state, and returns the metadata.
 * A part that is not asked for (the optimizer, to use the weights only) may be in the file.
 *
 * @throws with one sentence if the file is unreadable, or if names or shapes differ; nothing is changed then.
 */
export async function loadCheckpoint(path: string, parts: CheckpointParts): Promise<CheckpointMetadata> {
  const file = await readSafetensors(path);
  const metadata = metadataOf(file, path);
  const variables = variablesOf(parts);
  const problems = differences(variables, file, parts);
  if (problems.length > 0)
    throw new Error(
      `${path} does not fit this model: ${problems.join('; ')}. Load it with the configuration it was trained with.`,
    );
  for (const { name, variable } of variables) {
    const { data } = file.tensors.get(name) as SafeTensor;
    tf.tidy(() => variable.assign(tf.tensor(data, variable.shape, variable.dtype)));
  }
  return metadata;
}

/** A checkpoint's metadata alone. */
export const readCheckpointMetadata = async (path: string): Promise<CheckpointMetadata> =>
  metadataOf(await readSafetensors(path), path);

async function readSafetensors(path: string): Promise<SafeTensors> {
  const bytes = await readFile(path).catch((error: unknown) => {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const reason = missing ? 'there is no such file' : error instanceof Error ? error.message : String(error);
    throw new Error(`Could not read the checkpoint ${path}: ${reason}.`, { cause: error });
  });
  return decodeSafetensors(bytes, path);
}

function metadataOf({ metadata }: SafeTensors, path: string): CheckpointMetadata {
  const text = metadata['plumbline'];
  if (text === undefined)
    throw new Error(
      `${path} holds tensors but no training state: it was not written as a checkpoint of this project.`,
    );
  return JSON.parse(text) as CheckpointMetadata;
}

function variablesOf({ model, optimizer, average, state }: CheckpointParts): NamedVariable[] {
  const prefixed = (part: string, variables: readonly NamedVariable[]): NamedVariable[] =>
    variables.map((variable) => ({ ...variable, name: `${part}/${variable.name}` }));
  return [
    ...prefixed('model', namedVariables(model)),
    ...prefixed('optimizer', optimizer?.state() ?? []),
    ...prefixed('average', average?.state() ?? []),
    ...prefixed('state', state ?? []),
  ];
}

function differences(
  wanted: readonly NamedVariable[],
  { tensors }: SafeTensors,
  parts: CheckpointParts,
): string[] {
  const names = new Set(wanted.map(({ name }) => name));
  const isAskedFor = (name: string): boolean =>
    name.startsWith('model/') ||
    (name.startsWith('optimizer/') && parts.optimizer !== undefined) ||
    (name.startsWith('average/') && parts.average !== undefined) ||
    (name.startsWith('state/') && parts.state !== undefined);
  const missing = [...names].filter((name) => !tensors.has(name));
  const unexpected = [...tensors.keys()].filter((name) => isAskedFor(name) && !names.has(name));
  const changed = wanted.flatMap(({ name, variable }) => {
    const tensor = tensors.get(name);
    if (tensor === undefined) return [];
    const dtype = tensor.data instanceof Float32Array ? 'float32' : 'int32';
    const same = dtype === variable.dtype && tensor.shape.join() === variable.shape.join();
    return same
      ? []
      : [
          `${name} (file ${describe(dtype, tensor.shape)}, model ${describe(variable.dtype, variable.shape)})`,
        ];
  });
  return [
    ...listed(missing, 'missing in the file'),
    ...listed(unexpected, 'in the file but not in the model'),
    ...listed(changed, 'of another shape'),
  ];
}

const describe = (dtype: string, shape: readonly number[]): string => `${dtype} [${shape.join(', ')}]`;

const shown = 3;

const listed = (names: readonly string[], what: string): string[] =>
  names.length === 0
    ? []
    : [`${names.length} ${what}: ${names.slice(0, shown).join(', ')}${names.length > shown ? ', …' : ''}`];
