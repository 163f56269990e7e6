import { expect, it } from 'vitest';
import { applyNativeSettings } from './native-settings.ts';

it('lets operations of a graph run side by side where there are processors for it', () => {
  const [small, large]: NodeJS.ProcessEnv[] = [{}, {}];
  applyNativeSettings(small, 2);
  applyNativeSettings(large, 16);
  expect(small?.['TF_NUM_INTEROP_THREADS']).toBe('1');
  expect(large?.['TF_NUM_INTEROP_THREADS']).toBeUndefined();
  expect(large?.['TF_MKL_OPTIMIZE_PRIMITIVE_MEMUSE']).toBe('0');
});

it('leaves what somebody has set', () => {
  const environment = { TF_NUM_INTEROP_THREADS: '2', TF_CPP_MIN_LOG_LEVEL: '0' };
  applyNativeSettings(environment, 2);
  expect(environment).toMatchObject({ TF_NUM_INTEROP_THREADS: '2', TF_CPP_MIN_LOG_LEVEL: '0' });
});
