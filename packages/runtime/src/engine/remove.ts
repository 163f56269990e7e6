/** Removes everything that `prepareEngine` made: the link in `node_modules`, the engines, the downloads. */
import { existsSync } from 'node:fs';
import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type AddonPackage, findAddonPackage, isBindingPresent } from './addon-package.ts';
import { engineCache, type EngineCache } from './cache.ts';
import { leadsInto } from './link.ts';
import { withLock } from './lock.ts';

export interface RemoveOptions {
  /** Default: the per-user cache. */
  readonly cache?: EngineCache;
  /** Default: the installed `@tensorflow/tfjs-node-gpu`. */
  readonly addon?: AddonPackage | null;
  readonly signal?: AbortSignal | undefined;
}

export interface Removed {
  readonly cacheRoot: string;
  readonly bytes: number;
  /** True when the addon has a binding that Plumbline did not make; it was left alone. */
  readonly foreignBindingLeft: boolean;
}

/** Bytes that files take up to any depth; 0 when there is no such folder. */
async function bytesIn(folder: string): Promise<number> {
  if (!existsSync(folder)) return 0;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** Waits for a preparation under way. Other clones that use the same cache prepare anew when they next need it. */
export async function removeEngine(options: RemoveOptions = {}): Promise<Removed> {
  const { cache = engineCache(), addon = findAddonPackage(), signal } = options;
  if (addon !== null && leadsInto(cache, addon)) await rm(addon.bindingPath, { force: true });
  let bytes = 0;
  if (existsSync(cache.root)) {
    bytes = await withLock(
      cache.lock,
      async () => {
        const total = (await bytesIn(cache.engines)) + (await bytesIn(cache.downloads));
        await rm(cache.engines, { recursive: true, force: true });
        await rm(cache.downloads, { recursive: true, force: true });
        return total;
      },
      { signal },
    );
    // Only if nothing else lies there: the folder may be the user's own.
    await rmdir(cache.root).catch(() => undefined);
  }
  return { cacheRoot: cache.root, bytes, foreignBindingLeft: addon !== null && isBindingPresent(addon) };
}
