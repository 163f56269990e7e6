/**
 * The addon package finds its binding at one fixed place in `node_modules`; a link there leads to the engine in the
 * cache. The addon's libraries are found beside the link's target, so nothing else needs to be in `node_modules`.
 */
import { randomUUID } from 'node:crypto';
import { lstatSync, mkdirSync, readlinkSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { type AddonPackage, findAddonPackage, isBindingPresent } from './addon-package.ts';
import { type EngineCache, type PreparedEngine, readEngine } from './cache.ts';

/** The engine that the addon package is linked to; null without a link, or when the binding is not one of ours. */
export function linkedEngine(addon: AddonPackage | null = findAddonPackage()): PreparedEngine | null {
  if (addon === null || !isBindingPresent(addon)) return null;
  const target = realpathSync(addon.bindingPath);
  // The binding lies at the engine's root, or (the package's own download) two folders below it.
  for (const folder of [dirname(target), dirname(dirname(dirname(target)))]) {
    const engine = readEngine(folder);
    if (engine !== null && realpathSync(engine.bindingPath) === target) return engine;
  }
  return null;
}

/** Points the addon package at `engine`, replacing what was there in one step, so that no reader finds it missing. */
export function linkEngine(addon: AddonPackage, engine: PreparedEngine): void {
  const place = dirname(addon.bindingPath);
  const fresh = join(place, `.${randomUUID()}.node`);
  try {
    mkdirSync(place, { recursive: true });
    symlinkSync(engine.bindingPath, fresh, 'file');
    renameSync(fresh, addon.bindingPath);
  } catch (error) {
    rmSync(fresh, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    const mend = code === 'EPERM' ? 'allow links there (on Windows: developer mode)' : 'make it writable';
    throw new Error(
      `The engine in ${engine.folder} is ready, but no link to it could be made in ${place} (${code}); ${mend} and try again.`,
    );
  }
}

/** Does the addon's binding lead into `cache`? True also for a link whose target is gone. */
export function leadsInto(cache: EngineCache, addon: AddonPackage): boolean {
  const entry = lstatSync(addon.bindingPath, { throwIfNoEntry: false });
  if (!entry?.isSymbolicLink()) return false;
  const target = resolve(dirname(addon.bindingPath), readlinkSync(addon.bindingPath));
  const inside = relative(cache.engines, target);
  return !inside.startsWith('..') && !isAbsolute(inside);
}
