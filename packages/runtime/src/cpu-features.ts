/** The instruction sets that decide how fast the native engine computes. */
import { readFileSync } from 'node:fs';

const OF_INTEREST = [
  'avx',
  'fma',
  'avx2',
  'avx_vnni',
  'avx512f',
  'avx512bw',
  'avx512_vnni',
  'avx512_bf16',
  'avx512_fp16',
  'amx_tile',
  'amx_bf16',
  'amx_int8',
  'asimd',
  'asimdhp',
  'asimddp',
  'bf16',
  'i8mm',
  'sve',
  'sve2',
];

/** Picks the features of interest from the text of `/proc/cpuinfo` ("flags" on x86, "Features" on ARM). */
export function parseCpuFeatures(cpuinfo: string): string[] {
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo)?.[1] ?? '';
  const flags = new Set(line.trim().split(/\s+/));
  return OF_INTEREST.filter((feature) => flags.has(feature));
}

/** Features of this machine's processor; empty where the system has no `/proc/cpuinfo`. */
export function cpuFeatures(): string[] {
  try {
    return parseCpuFeatures(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return [];
  }
}
