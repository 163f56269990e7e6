/**
 * Makes an engine: fills a folder of its own, verifies what lies there, stamps it, and renames it into place. Whatever
 * interrupts this, the cache holds only whole engines.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AddonPackage } from './addon-package.ts';
import {
  BUILDING_PREFIX,
  type EngineCache,
  engineName,
  type EngineStamp,
  type PreparedEngine,
  readEngine,
  STAMP_FILE,
} from './cache.ts';
import { verifyBinding } from './verify.ts';

/** What a builder knows of the engine it made; the rest of the stamp comes from verifying it. */
export interface BuiltEngine extends Pick<
  EngineStamp,
  'flavour' | 'platform' | 'origin' | 'sha256' | 'binding'
> {
  /** Paths in the folder of the files that the engine cannot do without. */
  readonly needs: readonly string[];
}

export interface BuildOptions {
  readonly cache: EngineCache;
  readonly addon: AddonPackage;
  readonly signal?: AbortSignal | undefined;
}

async function stampOf(
  folder: string,
  { needs, ...built }: BuiltEngine,
  { addon, signal }: BuildOptions,
): Promise<EngineStamp> {
  const verified = await verifyBinding(join(folder, built.binding), signal);
  const sizes = needs.map(async (path) => [path, (await stat(join(folder, path))).size] as const);
  return {
    ...verified,
    ...built,
    addon: addon.version,
    files: Object.fromEntries(await Promise.all(sizes)),
    preparedAt: new Date().toISOString(),
  };
}

/**
 * @param fill makes the engine in the folder that it is given.
 * @throws what `fill` throws, or why the result cannot be used; the folder is gone then.
 */
export async function buildEngine(
  options: BuildOptions,
  fill: (folder: string) => Promise<BuiltEngine>,
): Promise<PreparedEngine> {
  const { cache } = options;
  const folder = join(cache.engines, `${BUILDING_PREFIX}${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  try {
    const stamp = await stampOf(folder, await fill(folder), options);
    await writeFile(join(folder, STAMP_FILE), `${JSON.stringify(stamp, null, 2)}\n`);
    const place = join(cache.engines, engineName(stamp));
    // Only an engine that has lost a file can be there: a whole one would have been used.
    await rm(place, { recursive: true, force: true });
    await rename(folder, place);
    const engine = readEngine(place);
    if (engine === null) throw new Error(`${place} lost a file right after it was made; try again`);
    return engine;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
