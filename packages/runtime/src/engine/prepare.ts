/**
 * Prepares the native engine, in this order: one that is already there, one from the Python wheel, one from the addon
 * package's own download. When none works the portable backend remains, and one line says what that costs and how to
 * get the native engine.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { requestedBackend } from '../backend-choice.ts';
import { type AddonPackage, findAddonPackage, isBindingPresent } from './addon-package.ts';
import { buildFromPackage } from './build-from-package.ts';
import { buildFromWheel } from './build-from-wheel.ts';
import {
  BUILDING_PREFIX,
  engineCache,
  type EngineCache,
  type PreparedEngine,
  preparedEngines,
} from './cache.ts';
import { gpuAdvice } from './gpu-advice.ts';
import { leadsInto, linkedEngine, linkEngine } from './link.ts';
import { withLock } from './lock.ts';
import { type Flavour, platformName, suitableFlavour, thisPlatform } from './platform.ts';
import { type Say, sayOnStandardError, sayPortable } from './say.ts';
import { verifyBinding } from './verify.ts';
import { wheelFor } from './wheels.ts';

export interface PrepareOptions {
  /** Default: the per-user cache, see `engineCache`. */
  readonly cache?: EngineCache;
  /** Default: the installed `@tensorflow/tfjs-node-gpu`. */
  readonly addon?: AddonPackage;
  /** Default: what is already prepared, else "gpu" where there is an NVIDIA GPU with its driver, else "cpu". */
  readonly flavour?: Flavour | undefined;
  /** Path of the pinned wheel, for machines without a network. */
  readonly wheelFile?: string | undefined;
  /** Takes one line for the user. Default: standard error. */
  readonly say?: Say;
  /** Aborting leaves at most a resumable download. */
  readonly signal?: AbortSignal | undefined;
}

export interface EngineOutcome {
  /** "native": TensorFlow.js will compute with libtensorflow; "portable": with WebAssembly. */
  readonly kind: 'native' | 'portable';
  /** The engine in the cache; null when portable, or when the addon has a working binding of its own. */
  readonly engine: PreparedEngine | null;
  /** True when nothing had to be done. */
  readonly wasReady: boolean;
  /** Why each way to a native engine failed, in the order tried. */
  readonly problems: readonly string[];
}

/** An engine in the cache for this addon, of the wanted flavour, or else (when the choice is free) of any. */
function cachedEngine(
  cache: EngineCache,
  addon: AddonPackage,
  flavour: Flavour | undefined,
): PreparedEngine | undefined {
  const here = platformName({ os: process.platform, arch: process.arch });
  const fitting = preparedEngines(cache).filter(
    ({ stamp }) => stamp.addon === addon.version && stamp.platform === here,
  );
  const wanted = flavour ?? suitableFlavour(process.platform);
  return (
    fitting.find(({ stamp }) => stamp.flavour === wanted) ?? (flavour === undefined ? fitting[0] : undefined)
  );
}

/** Folders that a killed process left. */
function sweep(cache: EngineCache): void {
  if (!existsSync(cache.engines)) return;
  for (const name of readdirSync(cache.engines)) {
    if (name.startsWith(BUILDING_PREFIX)) rmSync(join(cache.engines, name), { recursive: true, force: true });
  }
}

function requireWritable(cache: EngineCache): void {
  try {
    mkdirSync(cache.engines, { recursive: true });
  } catch (error) {
    throw new Error(
      `The engine cache ${cache.root} cannot be written (${(error as NodeJS.ErrnoException).code}); set PLUMBLINE_CACHE to a folder of yours.`,
    );
  }
}

type Request = Required<Pick<PrepareOptions, 'cache' | 'addon' | 'say'>> & PrepareOptions;

/** What is there already, linked; null when an engine must be built. */
async function takeExisting({ cache, addon, flavour, signal }: Request): Promise<EngineOutcome | null> {
  const linked = linkedEngine(addon);
  if (linked?.stamp.addon === addon.version && (flavour ?? linked.stamp.flavour) === linked.stamp.flavour) {
    return { kind: 'native', engine: linked, wasReady: true, problems: [] };
  }
  const cached = cachedEngine(cache, addon, flavour);
  if (cached !== undefined) {
    linkEngine(addon, cached);
    return { kind: 'native', engine: cached, wasReady: true, problems: [] };
  }
  // Someone may have built the addon by its own script; that serves as well as ours.
  if (linked === null && flavour === undefined && isBindingPresent(addon) && !leadsInto(cache, addon)) {
    const works = await verifyBinding(addon.bindingPath, signal).then(
      () => true,
      () => false,
    );
    if (works) return { kind: 'native', engine: null, wasReady: true, problems: [] };
  }
  return null;
}

async function build(request: Request): Promise<EngineOutcome> {
  const { addon, say, signal } = request;
  const platform = thisPlatform();
  const flavour = request.flavour ?? suitableFlavour(platform.os);
  const builders = [
    async () => {
      const wheel = wheelFor(platform, flavour);
      if (typeof wheel === 'string') throw new Error(wheel);
      return buildFromWheel(wheel, platform, request);
    },
    () => buildFromPackage(flavour, platform, request),
  ];
  const problems: string[] = [];
  for (const builder of builders) {
    try {
      const engine = await builder();
      linkEngine(addon, engine);
      return { kind: 'native', engine, wasReady: false, problems };
    } catch (error) {
      signal?.throwIfAborted();
      problems.push((error as Error).message);
    }
  }
  sayPortable(
    `no native engine could be prepared: ${problems.join('; and ')}. Once that is mended, run \`npm run engine\`.`,
    say,
  );
  return { kind: 'portable', engine: null, wasReady: false, problems };
}

/**
 * Makes the native engine ready for the next import of `@plumbline/runtime`. Costs milliseconds when it already is.
 * A machine that cannot have it is no error: the outcome is then "portable", and one line has been said.
 *
 * @throws when the addon package is not installed, the cache cannot be written, or `signal` aborts.
 */
export async function prepareEngine(options: PrepareOptions = {}): Promise<EngineOutcome> {
  const addon = options.addon ?? findAddonPackage();
  if (addon === null)
    throw new Error('The package @tensorflow/tfjs-node-gpu is not installed; run `npm ci` first.');
  const request: Request = { cache: engineCache(), say: sayOnStandardError, ...options, addon };
  const { cache, say, signal } = request;

  const forced = requestedBackend(process.env['PLUMBLINE_BACKEND']);
  if (forced === 'wasm' || forced === 'cpu') {
    return { kind: 'portable', engine: null, wasReady: true, problems: [`PLUMBLINE_BACKEND is "${forced}"`] };
  }
  const existing = await takeExisting(request);
  if (existing !== null) return existing;

  requireWritable(cache);
  const outcome = await withLock(
    cache.lock,
    async () => {
      sweep(cache);
      // Whoever held the lock before us may have built it.
      return (await takeExisting(request)) ?? (await build(request));
    },
    {
      onWait: (holder) => say(`Another preparation of the engine is under way (${holder}); waiting for it …`),
      signal,
    },
  );
  const advice = outcome.engine === null ? null : gpuAdvice(outcome.engine.folder, outcome.engine.stamp);
  if (advice !== null) say(advice);
  return outcome;
}
