import { describe, expect, it } from 'vitest';
import { requestedBackend } from './backend-choice.ts';

describe('requestedBackend', () => {
  it('leaves the choice free when nothing was asked for', () => {
    expect(requestedBackend(undefined)).toBeNull();
    expect(requestedBackend('')).toBeNull();
  });

  it('takes a known backend', () => {
    expect(requestedBackend('wasm')).toBe('wasm');
  });

  it('names the known backends when it gets another', () => {
    expect(() => requestedBackend('webgl')).toThrow('"webgl"; it must be one of tensorflow, wasm, cpu');
  });
});
