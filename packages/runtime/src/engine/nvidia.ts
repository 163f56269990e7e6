/** Is there an NVIDIA GPU with its driver? */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

/** The names that the driver's own tool lists, "NVIDIA A100-SXM4-40GB"; empty without a GPU or a driver. */
export function nvidiaGpuNames(): string[] {
  const { status, stdout } = spawnSync('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader'], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  return status === 0 ? stdout.split('\n').filter((name) => name.trim() !== '') : [];
}

/** What of the file system tells about a GPU; tests hand in their own. */
export interface DeviceFiles {
  exists(path: string): boolean;
  list(folder: string): readonly string[];
}

const realDeviceFiles: DeviceFiles = {
  exists: existsSync,
  list: (folder) => {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  },
};

/**
 * True when the kernel driver is loaded and a device file can be opened from here. A container without GPU access sees
 * the host's driver version but no device file, so the version alone is not enough.
 */
export function hasNvidiaGpu(
  files: DeviceFiles = realDeviceFiles,
  gpuNames: () => readonly string[] = nvidiaGpuNames,
): boolean {
  if (files.exists('/proc/driver/nvidia/version')) {
    return files.list('/dev').some((name) => /^nvidia\d+$/.test(name));
  }
  // Windows' Linux subsystem has one device file for all graphics cards.
  return files.exists('/dev/dxg') && gpuNames().length > 0;
}
