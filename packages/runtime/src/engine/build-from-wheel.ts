/** The engine from a Python wheel: its libtensorflow, and the addon's binding compiled here against it. */
import { rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type AcquireOptions, acquireWheel } from './acquire-wheel.ts';
import { type BuildOptions, buildEngine } from './build-engine.ts';
import type { PreparedEngine } from './cache.ts';
import { BINDING_FILE, compileAddon, findCompiler } from './compile-addon.ts';
import { installCudaLibraries } from './cuda-libraries.ts';
import { hasNvidiaGpu } from './nvidia.ts';
import { type EnginePlatform, platformName } from './platform.ts';
import { unpackWheel } from './unpack-wheel.ts';
import { verifyBinding } from './verify.ts';
import { libraryNames, type Wheel } from './wheels.ts';

async function requireSpace(folder: string, gigabytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = (bavail * bsize) / 1e9;
  if (free < gigabytes) {
    throw new Error(
      `${folder} has ${free.toFixed(1)} GB free and the engine needs ${gigabytes} GB while it is made; ` +
        'free some, or set PLUMBLINE_CACHE to a folder with more',
    );
  }
}

/** Without CUDA's libraries the GPU build still computes, on the processor; so a failure here is said, not thrown. */
async function helpToSeeGpu(folder: string, { say, signal }: BuildOptions & AcquireOptions): Promise<void> {
  const { gpuSeen } = await verifyBinding(join(folder, BINDING_FILE), signal);
  if (gpuSeen || !hasNvidiaGpu()) return;
  try {
    await installCudaLibraries(folder, { say, signal });
  } catch (error) {
    signal?.throwIfAborted();
    say(`${(error as Error).message}.`);
  }
}

/** @throws one sentence: no compiler, no space, no wheel, a wrong digest, a failed compilation, a failed check. */
export async function buildFromWheel(
  wheel: Wheel,
  platform: EnginePlatform,
  options: BuildOptions & AcquireOptions,
): Promise<PreparedEngine> {
  const { addon, cache, say, signal } = options;
  // First of all: without a compiler the download would be for nothing.
  const compiler = await findCompiler(platform.os, process.env, signal);
  const engine = await buildEngine(options, async (folder) => {
    await requireSpace(folder, wheel.diskGigabytes);
    const wheelFile = await acquireWheel(wheel, options);
    await unpackWheel(wheelFile, folder, { os: platform.os, say, signal });
    say("Compiling TensorFlow's binding (about ten seconds) …");
    await compileAddon(addon, folder, { os: platform.os, compiler, signal });
    if (wheel.flavour === 'gpu') await helpToSeeGpu(folder, options);
    return {
      origin: 'wheel',
      flavour: wheel.flavour,
      platform: platformName(platform),
      sha256: wheel.sha256,
      binding: BINDING_FILE,
      needs: [BINDING_FILE, ...libraryNames(platform.os).map((name) => join('lib', name))],
    };
  });
  // Kept until here, so that a failed compilation does not cost the download.
  await rm(join(cache.downloads, wheel.filename), { force: true });
  return engine;
}
