/**
 * The per-user folder that holds prepared engines, so that `npm ci` or a second clone costs nothing:
 *
 *     <cache>/downloads/<wheel>.part     a download under way, resumable
 *     <cache>/downloads/<wheel>          a verified wheel, deleted once its engine is ready
 *     <cache>/engines/<name>/            a ready engine: binding, libraries, engine.json (its stamp)
 *     <cache>/engines/.building-*        an engine under way; renamed into place when verified
 *     <cache>/engine.lock                held while something is prepared or removed
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Flavour } from './platform.ts';

export interface EngineCache {
  readonly root: string;
  readonly downloads: string;
  readonly engines: string;
  readonly lock: string;
}

/** `$PLUMBLINE_CACHE`, else `$XDG_CACHE_HOME/plumbline`, else `~/.cache/plumbline`. */
export function engineCache(env: NodeJS.ProcessEnv = process.env): EngineCache {
  const root = resolve(
    env['PLUMBLINE_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'plumbline'),
  );
  return {
    root,
    downloads: join(root, 'downloads'),
    engines: join(root, 'engines'),
    lock: join(root, 'engine.lock'),
  };
}

/** `engine.json`: what a ready engine is. Its presence means that the engine was verified. */
export interface EngineStamp {
  /** Version of libtensorflow. */
  readonly libtensorflow: string;
  readonly flavour: Flavour;
  /** "linux-x64". */
  readonly platform: string;
  /** Version of `@tensorflow/tfjs-node-gpu` whose binding was compiled. */
  readonly addon: string;
  /** "wheel": built here against the Python wheel's library; "package": the addon package's own download. */
  readonly origin: 'wheel' | 'package';
  /** Digest of the downloaded wheel; null for the package's own download, which publishes none. */
  readonly sha256: string | null;
  /** Path of the binding inside the engine's folder. */
  readonly binding: string;
  /** Sizes in bytes of the files that the engine cannot do without, by their path inside its folder. */
  readonly files: Readonly<Record<string, number>>;
  /** Whether a GPU was seen when the engine was verified. */
  readonly gpuSeen: boolean;
  readonly preparedAt: string;
}

export interface PreparedEngine {
  readonly folder: string;
  readonly stamp: EngineStamp;
  /** Absolute path of the binding. */
  readonly bindingPath: string;
}

export const STAMP_FILE = 'engine.json';
/** Folders of engines under way begin so; whoever holds the lock may sweep the ones left over. */
export const BUILDING_PREFIX = '.building-';

/** Reads an engine's stamp; null when the folder holds no finished engine, or one that has lost a file since. */
export function readEngine(folder: string): PreparedEngine | null {
  try {
    const stamp = JSON.parse(readFileSync(join(folder, STAMP_FILE), 'utf8')) as EngineStamp;
    const isWhole = Object.entries(stamp.files).every(
      ([path, bytes]) => statSync(join(folder, path)).size === bytes,
    );
    return isWhole ? { folder, stamp, bindingPath: join(folder, stamp.binding) } : null;
  } catch {
    return null;
  }
}

/** The finished engines in the cache. */
export function preparedEngines(cache: EngineCache): PreparedEngine[] {
  if (!existsSync(cache.engines)) return [];
  return readdirSync(cache.engines)
    .filter((name) => !name.startsWith(BUILDING_PREFIX))
    .map((name) => readEngine(join(cache.engines, name)))
    .filter((engine) => engine !== null);
}

/** The folder's name for an engine: one per origin, version, flavour, platform and addon version. */
export const engineName = (
  stamp: Pick<EngineStamp, 'origin' | 'libtensorflow' | 'flavour' | 'platform' | 'addon'>,
): string => `${stamp.origin}-${stamp.libtensorflow}-${stamp.flavour}-${stamp.platform}-addon-${stamp.addon}`;
