// Trained weights from elsewhere: a file of tensors that a model is to take.

import { readFile } from 'node:fs/promises';
import { decodeSafetensors, type SafeTensors } from './safetensors.ts';

/**
 * What `use` makes of the tensors of a safetensors file.
 *
 * @param check what to look at where the file cannot be read, such as `model.weights`.
 * @throws with one sentence if it cannot be read, or is none; and what `use` throws, with the file's name before it.
 */
export async function useTrainedWeights<T>(
  path: string,
  check: string,
  use: (tensors: SafeTensors['tensors']) => T,
): Promise<T> {
  const bytes = await readFile(path).catch((error: unknown) => {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new Error(`The weights ${path} cannot be read (${reason}); check ${check}.`, { cause: error });
  });
  const { tensors } = decodeSafetensors(bytes, path);
  try {
    return use(tensors);
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
