/** Where `@tensorflow/tfjs-node-gpu` is installed, and the one file in it that the engine provides: its native binding. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface AddonPackage {
  /** The package's folder in `node_modules`. */
  readonly folder: string;
  readonly version: string;
  /** Where the package looks for its binding. Every Node that we support takes the N-API 8 one. */
  readonly bindingPath: string;
}

/** An addon package by its folder; tests hand in a folder of their own. */
export function addonPackageIn(folder: string): AddonPackage {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  return { folder, version, bindingPath: join(folder, 'lib', 'napi-v8', 'tfjs_binding.node') };
}

/** The installed addon package, or null when npm has not installed it. */
export function findAddonPackage(): AddonPackage | null {
  try {
    const manifest = createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu/package.json');
    return addonPackageIn(dirname(manifest));
  } catch {
    return null;
  }
}

/** False also for a link whose target is gone, as after the cache was cleared. */
export const isBindingPresent = (addon: AddonPackage): boolean => existsSync(addon.bindingPath);
