/**
 * What a run ran on: backend, engine, machine, versions. Written as `environment.json` into every run folder, and
 * shown by `npm run doctor`.
 */
import * as tf from '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import type { BackendName } from './backend-choice.ts';
import { cpuFeatures } from './cpu-features.ts';
import type { EngineStamp } from './engine/cache.ts';
import { linkedEngine } from './engine/link.ts';
import { nvidiaGpuNames } from './engine/nvidia.ts';
import type { LoadedBackend } from './load-backend.ts';

export interface Device {
  readonly kind: 'cpu' | 'gpu';
  /** The processor's or the graphics card's own name. */
  readonly name: string;
}

export interface BackendDescription {
  readonly name: BackendName;
  /** True when `PLUMBLINE_BACKEND` asked for it. */
  readonly forced: boolean;
  /** Why a faster backend was not taken, or null. */
  readonly slowerBecause: string | null;
  /** Version of libtensorflow, for example "2.21.0"; null on the portable backends. */
  readonly libtensorflow: string | null;
  readonly device: Device;
}

export interface EnvironmentReport {
  readonly node: string;
  /** Operating system, its release, and the processor architecture: "linux 6.1.0 x64". */
  readonly platform: string;
  readonly backend: BackendDescription;
  /** How the native engine was made; null on the portable backends or when it was not prepared by Plumbline. */
  readonly engine: EngineStamp | null;
  readonly threads: {
    /** Threads inside one operation. */
    readonly intraOp: number;
    /** Operations of a graph that may run side by side. */
    readonly interOp: number;
  };
  readonly cpu: { readonly model: string; readonly cores: number; readonly features: readonly string[] };
  readonly totalMemoryBytes: number;
  readonly packages: Readonly<Record<string, string>>;
}

const REPORTED_PACKAGES = [
  '@plumbline/runtime',
  '@tensorflow/tfjs',
  '@tensorflow/tfjs-node-gpu',
  '@tensorflow/tfjs-backend-wasm',
];

const require = createRequire(import.meta.url);

function packageVersion(name: string): string {
  // This package is not among its own dependencies, and its `exports` need not list package.json.
  const manifest =
    name === '@plumbline/runtime'
      ? new URL('../package.json', import.meta.url)
      : require.resolve(`${name}/package.json`);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

/** The native backend's own fields that TensorFlow.js does not type. */
interface NativeFields {
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly TF_Version: string };
}

const processorName = (): string => cpus()[0]?.model.trim() ?? arch();

export function describeLoadedBackend(loaded: LoadedBackend): BackendDescription {
  if (loaded.name !== 'tensorflow') {
    // Neither portable backend uses more than the processor.
    return { ...loaded, libtensorflow: null, device: { kind: 'cpu', name: processorName() } };
  }
  const native = tf.findBackend('tensorflow') as unknown as NativeFields;
  const device: Device = native.isUsingGpuDevice
    ? { kind: 'gpu', name: nvidiaGpuNames()[0] ?? 'GPU' }
    : { kind: 'cpu', name: processorName() };
  return { ...loaded, libtensorflow: native.binding.TF_Version, device };
}

function threadSetting(variable: string, standard: number): number {
  const value = Number(process.env[variable]);
  return Number.isInteger(value) && value > 0 ? value : standard;
}

export function reportEnvironment(loaded: LoadedBackend): EnvironmentReport {
  const native = loaded.name === 'tensorflow';
  const cores = availableParallelism();
  return {
    node: process.versions.node,
    platform: `${platform()} ${release()} ${arch()}`,
    backend: describeLoadedBackend(loaded),
    engine: native ? (linkedEngine()?.stamp ?? null) : null,
    threads: {
      intraOp: native ? threadSetting('TF_NUM_INTRAOP_THREADS', cores) : 1,
      interOp: native ? threadSetting('TF_NUM_INTEROP_THREADS', cores) : 1,
    },
    cpu: { model: processorName(), cores, features: cpuFeatures() },
    totalMemoryBytes: totalmem(),
    packages: Object.fromEntries(REPORTED_PACKAGES.map((name) => [name, packageVersion(name)])),
  };
}
