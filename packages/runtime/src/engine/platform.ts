/** The machine as far as the choice of an engine goes. */
import { hasNvidiaGpu } from './nvidia.ts';

/** Which build of libtensorflow: "gpu" computes on NVIDIA GPUs, and on the processor where it sees none. */
export const FLAVOURS = ['cpu', 'gpu'] as const;
export type Flavour = (typeof FLAVOURS)[number];

export interface EnginePlatform {
  /** As `process.platform`. */
  readonly os: string;
  /** As `process.arch`. */
  readonly arch: string;
  /** The C library's version on Linux with glibc; null elsewhere, also on musl (Alpine). */
  readonly glibc: string | null;
}

/** "linux-x64": names cache folders. */
export const platformName = (platform: Pick<EnginePlatform, 'os' | 'arch'>): string =>
  `${platform.os}-${platform.arch}`;

interface ReportHeader {
  readonly header: { readonly glibcVersionRuntime?: string };
}

export function thisPlatform(): EnginePlatform {
  // The report would otherwise look up the network interfaces, which can take seconds.
  Object.assign(process.report, { excludeNetwork: true });
  const glibc =
    process.platform === 'linux'
      ? (process.report.getReport() as unknown as ReportHeader).header.glibcVersionRuntime
      : undefined;
  return { os: process.platform, arch: process.arch, glibc: glibc ?? null };
}

/** The flavour that suits this machine. */
export const suitableFlavour = (os: string): Flavour => (os === 'linux' && hasNvidiaGpu() ? 'gpu' : 'cpu');

/** Compares dotted versions number by number: is `version` at least `wanted`? */
export function atLeastVersion(version: string, wanted: string): boolean {
  const have = version.split('.').map(Number);
  const need = wanted.split('.').map(Number);
  for (let i = 0; i < need.length; i++) {
    const difference = (have[i] ?? 0) - (need[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
