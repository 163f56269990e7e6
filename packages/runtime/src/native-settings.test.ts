import { expect, it } from 'vitest';
import { applyNativeSettings } from './native-settings.ts';

it('leaves what somebody has set', () => {
  const environment: NodeJS.ProcessEnv = { TF_CPP_MIN_LOG_LEVEL: '0' };
  applyNativeSettings(environment);
  expect(environment).toEqual({
    TF_CPP_MIN_LOG_LEVEL: '0',
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    TF_MKL_OPTIMIZE_PRIMITIVE_MEMUSE: '0',
  });
});
