/**
 * TensorFlow SavedModels, run by the native backend as TensorFlow itself runs them. TensorFlow.js has nothing like it for the
 * portable backends.
 */
import * as tf from '@tensorflow/tfjs';
import { createRequire } from 'node:module';
import { findAddonPackage } from './engine/addon-package.ts';

const require = createRequire(import.meta.url);

/** What `@tensorflow/tfjs-node-gpu` exports of use here. */
interface NodeAddon {
  readonly node: {
    loadSavedModel(path: string, tags?: string[], signature?: string): Promise<LoadedSavedModel>;
  };
}

/** A signature of a SavedModel; `dispose` frees its session. */
export interface LoadedSavedModel extends tf.InferenceModel {
  dispose(): void;
}

/** Whether this process can run SavedModels: on the native backend only. */
export const canRunSavedModels = (): boolean => tf.getBackend() === 'tensorflow';

/**
 * Opens the signature `serving_default` of the SavedModel in `folder`.
 *
 * @throws with one sentence on a portable backend.
 */
export async function loadSavedModel(folder: string): Promise<LoadedSavedModel> {
  const addon = findAddonPackage();
  if (!canRunSavedModels() || addon === null) {
    throw new Error(
      `The SavedModel ${folder} cannot be run on the "${tf.getBackend()}" backend: only the native one can; ` +
        'prepare it with `npm run engine`.',
    );
  }
  return (require(addon.folder) as NodeAddon).node.loadSavedModel(folder);
}
