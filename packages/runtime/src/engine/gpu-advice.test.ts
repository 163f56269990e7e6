import { describe, expect, it } from 'vitest';
import { gpuAdvice } from './gpu-advice.ts';

const stamp = { flavour: 'gpu', gpuSeen: true, origin: 'wheel' } as const;

describe('gpuAdvice', () => {
  it('is silent without a GPU, and when the GPU is used', () => {
    expect(gpuAdvice('/engine', { ...stamp, gpuSeen: false }, false)).toBeNull();
    expect(gpuAdvice('/engine', stamp, true)).toBeNull();
  });

  it('gives the command that mends each case', () => {
    expect(gpuAdvice('/engine', { ...stamp, flavour: 'cpu', gpuSeen: false }, true)).toContain(
      '--flavour gpu',
    );
    expect(gpuAdvice('/engine', { ...stamp, gpuSeen: false }, true)).toMatch(
      /pip install --target "\/engine" .*"nvidia-cudnn-cu12>=9/,
    );
    expect(gpuAdvice('/engine', { ...stamp, gpuSeen: false, origin: 'package' }, true)).toContain(
      'CUDA 11.2',
    );
  });
});
