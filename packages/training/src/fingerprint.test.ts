import { expect, it } from 'vitest';
import { fingerprint } from './fingerprint.ts';

it('depends on the content, not on the order of keys', () => {
  const a = fingerprint({ seed: 1, model: { depth: 18, rates: [6, 12] } });
  expect(a).toMatch(/^[0-9a-f]{16}$/);
  expect(fingerprint({ model: { rates: [6, 12], depth: 18 }, seed: 1 })).toBe(a);
  expect(fingerprint({ model: { rates: [12, 6], depth: 18 }, seed: 1 })).not.toBe(a);
});
