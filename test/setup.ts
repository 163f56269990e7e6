// Every test file starts with the best backend this machine has, as an app does. Loading it takes seconds, which the
// tests of what knows no tensors are spared.
import { expect } from 'vitest';

const WITHOUT_TENSORS = /\/packages\/(data|runtime\/src\/download)\//;

if (!WITHOUT_TENSORS.test(expect.getState().testPath ?? '')) await import('@plumbline/runtime');
