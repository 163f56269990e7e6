// Every normalizer trains in a browser as it does in Node: the same steps, compared tensor by tensor.

import { findChromium, openPage, type ScriptedPage } from '@plumbline/test-support/chromium';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compare, disagreements, errorsOf } from './testing/browser/compare.ts';
import { runScenario, type Outcome } from './testing/browser/scenario.ts';

/** Relative to a tensor's largest value: float32 on both sides, but sums in another order. */
const TOLERANCE = 1e-4;

const chromium = findChromium();
if (chromium === null) {
  console.log('The browser test is skipped: no Chromium is in PATH, and PLUMBLINE_CHROMIUM names none.');
}

describe.skipIf(chromium === null)('the normalizers in Chromium', () => {
  let page: ScriptedPage | undefined;
  let reference: Outcome[];

  beforeAll(async () => {
    page = await openPage(chromium ?? '', new URL('./testing/browser/page.ts', import.meta.url));
    reference = runScenario();
    expect(errorsOf(reference, `Node's ${tf.getBackend()}`)).toEqual([]);
  });
  afterAll(() => page?.close());

  it('has steps that train: the loss falls with every normalizer', () => {
    for (const { normalizer, tensors } of reference) {
      const losses = tensors.flatMap(({ name, values }) => (name.startsWith('loss') ? values : []));
      expect(losses.at(-1), normalizer).toBeLessThan(losses[0] ?? NaN);
    }
  });

  it.each(['webgl', 'cpu'])('train on %s as in Node', async (backend) => {
    const outcomes = (await page?.call('runPlumblineOn', backend)) as Outcome[];
    const wrong = [
      ...errorsOf(outcomes, backend),
      ...disagreements(compare(outcomes, reference), TOLERANCE, backend),
    ];
    expect(wrong).toEqual([]);
  });
});
