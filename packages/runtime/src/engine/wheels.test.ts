import { describe, expect, it } from 'vitest';
import { hasNvidiaGpu } from './nvidia.ts';
import { atLeastVersion } from './platform.ts';
import { isReachedHeader, libraryNames, wheelFor } from './wheels.ts';

const linux = { os: 'linux', arch: 'x64', glibc: '2.36' };

describe('wheelFor', () => {
  it.each([
    [linux, 'cpu', 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl'],
    [linux, 'gpu', 'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl'],
    [{ ...linux, arch: 'arm64' }, 'cpu', 'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_aarch64.whl'],
    [
      { os: 'darwin', arch: 'arm64', glibc: null },
      'cpu',
      'tensorflow-2.21.0-cp311-cp311-macosx_12_0_arm64.whl',
    ],
  ] as const)('%o, %s: %s', (platform, flavour, filename) => {
    expect(wheelFor(platform, flavour)).toMatchObject({
      filename,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it.each([
    [{ os: 'win32', arch: 'x64', glibc: null }, 'cpu', 'no TensorFlow 2.21.0 wheel for win32-x64'],
    [{ os: 'darwin', arch: 'x64', glibc: null }, 'cpu', 'darwin-x64'],
    [{ ...linux, glibc: null }, 'cpu', 'needs glibc'],
    [{ ...linux, glibc: '2.17' }, 'cpu', 'glibc 2.27 or newer, and this system has 2.17'],
    [{ ...linux, arch: 'arm64' }, 'gpu', 'flavour "gpu" for linux-arm64; use "cpu"'],
  ] as const)('%o, %s: says why there is none', (platform, flavour, reason) => {
    expect(wheelFor(platform, flavour)).toContain(reason);
  });
});

it('compares versions by number, not by text', () => {
  expect(atLeastVersion('2.4', '2.27')).toBe(false);
  expect(atLeastVersion('2.27', '2.27')).toBe(true);
  expect(atLeastVersion('23.2.1', '23.2')).toBe(true);
  expect(atLeastVersion('3', '2.27')).toBe(true);
});

it('takes the headers that the addon includes, and no others', () => {
  const include = 'tensorflow/include/';
  const reached = [
    'tensorflow/c/c_api.h',
    'tensorflow/c/eager/c_api.h',
    'xla/tsl/c/tsl_status.h',
    'tsl/platform/ctstring.h',
  ];
  const others = [
    'tensorflow/core/framework/op.h',
    'tensorflow/c/experimental/ops/math_ops.h',
    'tensorflow/c/c_api.cc',
  ];
  expect(reached.filter((name) => !isReachedHeader(include + name))).toEqual([]);
  expect(others.filter((name) => isReachedHeader(include + name))).toEqual([]);
});

it('knows how macOS names libraries', () => {
  expect(libraryNames('darwin')[0]).toBe('libtensorflow_cc.2.dylib');
  expect(libraryNames('linux')[0]).toBe('libtensorflow_cc.so.2');
});

describe('hasNvidiaGpu', () => {
  const files = (paths: readonly string[], devices: readonly string[]) => ({
    exists: (path: string) => paths.includes(path),
    list: () => devices,
  });

  it('wants the driver and a device', () => {
    expect(hasNvidiaGpu(files(['/proc/driver/nvidia/version'], ['null', 'nvidia0']), () => [])).toBe(true);
  });

  it('is not misled by a container that sees the driver but no device', () => {
    expect(hasNvidiaGpu(files(['/proc/driver/nvidia/version'], ['null', 'nvidiactl']), () => ['A100'])).toBe(
      false,
    );
  });

  it("asks the driver's tool on Windows' Linux subsystem", () => {
    expect(hasNvidiaGpu(files(['/dev/dxg'], []), () => ['RTX'])).toBe(true);
    expect(hasNvidiaGpu(files(['/dev/dxg'], []), () => [])).toBe(false);
  });
});
