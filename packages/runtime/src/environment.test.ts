import { describe, expect, it } from 'vitest';
import { parseCpuFeatures } from './cpu-features.ts';
import { canTrain, describeBackend, environmentReport, tf } from './index.ts';

describe('environmentReport', () => {
  it('survives JSON and agrees with the active backend', () => {
    const report = environmentReport();
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(report.backend).toEqual(describeBackend());
    expect(report.backend.name).toBe(tf.getBackend());
    expect(report.node).toBe(process.versions.node);
    expect(report.packages['@tensorflow/tfjs']).toBe('4.22.0');
    expect(report.threads.intraOp).toBeGreaterThanOrEqual(1);
  });

  it('names libtensorflow exactly on the native backend', () => {
    const { name, libtensorflow } = describeBackend();
    if (name === 'tensorflow') expect(libtensorflow).toMatch(/^\d+\.\d+\.\d+/);
    else expect(libtensorflow).toBeNull();
  });
});

describe('canTrain', () => {
  it('finds that the active backend trains', () => {
    expect(canTrain()).toBe(true);
  });
});

describe('parseCpuFeatures', () => {
  it('reads x86 flags, in the order of the list', () => {
    expect(parseCpuFeatures('processor : 0\nflags\t\t: fpu avx512f sse avx2 avx\nbugs : x')).toEqual([
      'avx',
      'avx2',
      'avx512f',
    ]);
  });

  it('reads ARM features', () => {
    expect(parseCpuFeatures('Features\t: fp asimd bf16')).toEqual(['asimd', 'bf16']);
  });

  it('does not take a part of a flag for the flag', () => {
    expect(parseCpuFeatures('flags : avx512fancy')).toEqual([]);
  });
});
