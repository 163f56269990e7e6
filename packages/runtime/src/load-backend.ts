/**
 * Makes TensorFlow.js ready on one backend: the native one if its engine is prepared, else WebAssembly, else plain
 * JavaScript; or exactly the one that was asked for, or an error that says why not.
 */
import { registerNativeGather, registerWasmGradients } from '@plumbline/ops';
import * as tf from '@tensorflow/tfjs';
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { BACKENDS, type BackendName, requestedBackend } from './backend-choice.ts';
import { type AddonPackage, findAddonPackage, isBindingPresent } from './engine/addon-package.ts';
import { sayPortable } from './engine/say.ts';
import { applyNativeSettings } from './native-settings.ts';
import { restoreNodeUtil } from './node-util.ts';

const require = createRequire(import.meta.url);

/** What was loaded. */
export interface LoadedBackend {
  readonly name: BackendName;
  /** True when `PLUMBLINE_BACKEND` asked for it. */
  readonly forced: boolean;
  /** Why a faster backend was not taken; null on the native one, or when the choice was forced. */
  readonly slowerBecause: string | null;
}

const PREPARE = 'run `npm run engine` (or `prepareEngine()` of @plumbline/runtime/engine)';

async function loadTensorFlow(addon: AddonPackage | null): Promise<string | null> {
  if (addon === null) return 'the package @tensorflow/tfjs-node-gpu is not installed; run `npm install`.';
  if (!isBindingPresent(addon)) return `the native engine is not prepared; ${PREPARE}.`;
  try {
    require(addon.folder);
    await tf.ready();
    registerNativeGather();
    return null;
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split('\n');
    if (tf.findBackendFactory('tensorflow')) tf.removeBackend('tensorflow');
    return `the native engine is there but does not load (${reason}); run \`npm run doctor\`.`;
  }
}

async function loadWasm(): Promise<string | null> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  if (!(await tf.setBackend('wasm'))) return 'this Node cannot run the WebAssembly backend.';
  registerWasmGradients();
  return null;
}

async function loadCpu(): Promise<string | null> {
  if (!(await tf.setBackend('cpu'))) return 'TensorFlow.js has no "cpu" backend registered.';
  // The banner about tfjs-node, printed at the first write, is wrong advice here: `npm run engine` is ours.
  Object.assign(tf.backend(), { firstUse: false });
  return null;
}

type Loader = (addon: AddonPackage | null) => Promise<string | null>;

/** Each returns null when ready, else the reason why not. */
const LOADERS: Readonly<Record<BackendName, Loader>> = {
  tensorflow: loadTensorFlow,
  wasm: loadWasm,
  cpu: loadCpu,
};

/**
 * @param request the value of `PLUMBLINE_BACKEND`.
 * @throws when the forced backend is unknown or cannot be had here.
 */
export async function loadBackend(
  request: string | undefined,
  addon: AddonPackage | null = findAddonPackage(),
): Promise<LoadedBackend> {
  const forced = requestedBackend(request);
  applyNativeSettings();
  restoreNodeUtil();
  if (forced !== null) {
    const problem = await LOADERS[forced](addon);
    if (problem === null) return { name: forced, forced: true, slowerBecause: null };
    throw new Error(
      `PLUMBLINE_BACKEND asks for "${forced}", but ${problem} Or unset PLUMBLINE_BACKEND to get the best backend available.`,
    );
  }
  let slowerBecause: string | null = null;
  for (const name of BACKENDS) {
    const problem = await LOADERS[name](addon);
    if (problem === null) {
      if (slowerBecause !== null) sayPortable(slowerBecause);
      return { name, forced: false, slowerBecause };
    }
    slowerBecause ??= problem;
  }
  throw new Error(
    'TensorFlow.js has no backend that runs here; run `npm run doctor` and report what it prints.',
  );
}
