/**
 * The Python wheels whose libtensorflow the engine is built on. A wheel's `libtensorflow_cc` exports the whole C API;
 * no Python is loaded, so any interpreter's wheel serves and one file per platform is pinned by its digest.
 */
import { atLeastVersion, type EnginePlatform, type Flavour, platformName } from './platform.ts';

export const TENSORFLOW_VERSION = '2.21.0';

export interface Wheel {
  /** Its name in the Python package index. */
  readonly project: 'tensorflow' | 'tensorflow-cpu';
  readonly filename: string;
  /** The platform tag in its file name, as `pip download --platform` takes it. */
  readonly tag: string;
  readonly sha256: string;
  /** Whether its library can compute on NVIDIA GPUs. */
  readonly flavour: Flavour;
  /** Free disk space that download and unpacking need at most, in GB. */
  readonly diskGigabytes: number;
}

/** The interpreter in the pinned file names, as pip takes it. */
export const WHEEL_PYTHON = { version: '3.11', implementation: 'cp', abi: 'cp311' } as const;

const wheel = (
  project: Wheel['project'],
  tag: string,
  sha256: string,
  flavour: Flavour,
  diskGigabytes: number,
): Wheel => ({
  project,
  filename: `${project.replace('-', '_')}-${TENSORFLOW_VERSION}-cp311-cp311-${tag}.whl`,
  tag,
  sha256,
  flavour,
  diskGigabytes,
});

const LINUX_X64_CPU = wheel(
  'tensorflow-cpu',
  'manylinux_2_27_x86_64',
  '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
  'cpu',
  1.3,
);
const LINUX_X64_GPU = wheel(
  'tensorflow',
  'manylinux_2_27_x86_64',
  '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
  'gpu',
  3,
);
const LINUX_ARM64 = wheel(
  'tensorflow',
  'manylinux_2_27_aarch64',
  '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
  'cpu',
  1.3,
);
const MACOS_ARM64 = wheel(
  'tensorflow',
  'macosx_12_0_arm64',
  '51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88',
  'cpu',
  1.3,
);

const WHEELS: Readonly<Record<string, Readonly<Partial<Record<Flavour, Wheel>>>>> = {
  'linux-x64': { cpu: LINUX_X64_CPU, gpu: LINUX_X64_GPU },
  'linux-arm64': { cpu: LINUX_ARM64 },
  'darwin-arm64': { cpu: MACOS_ARM64 },
};

const OLDEST_GLIBC = '2.27';

/** The wheel for a machine, or one sentence that says why there is none. */
export function wheelFor(platform: EnginePlatform, flavour: Flavour): Wheel | string {
  const forPlatform = WHEELS[platformName(platform)];
  if (forPlatform === undefined) {
    return `there is no TensorFlow ${TENSORFLOW_VERSION} wheel for ${platformName(platform)}`;
  }
  if (platform.os === 'linux' && platform.glibc === null) {
    return `the TensorFlow ${TENSORFLOW_VERSION} wheel needs glibc, which this Linux (Alpine?) does not have; use a Debian-based image`;
  }
  if (platform.glibc !== null && !atLeastVersion(platform.glibc, OLDEST_GLIBC)) {
    return `the TensorFlow ${TENSORFLOW_VERSION} wheel needs glibc ${OLDEST_GLIBC} or newer, and this system has ${platform.glibc}`;
  }
  return (
    forPlatform[flavour] ??
    `there is no TensorFlow ${TENSORFLOW_VERSION} wheel of flavour "${flavour}" for ${platformName(platform)}; use "cpu"`
  );
}

/** How the two libraries are called, in the wheel's folder `tensorflow/` and on disk. */
export const libraryNames = (os: string): readonly [string, string] =>
  os === 'darwin'
    ? ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib']
    : ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

const HEADERS =
  /^tensorflow\/include\/(?:tensorflow\/c\/(?:eager\/)?[^/]+|(?:.*\/)?(?:ctstring|ctstring_internal|tsl_status))\.h$/;

/** True for the C API's headers and what they include; a wheel has thousands of others. */
export const isReachedHeader = (name: string): boolean => HEADERS.test(name);
