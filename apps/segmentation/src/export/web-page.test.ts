import { findChromium, openPage, type ScriptedPage } from '@plumbline/test-support/chromium';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ABOUT, exportedNetwork } from '../testing/exported-network.ts';
import type { PageAnswer, PageRequest } from '../testing/exported-page.ts';

const chromium = findChromium();
if (chromium === null) {
  console.log('The test of a page is skipped: no Chromium is in PATH, and PLUMBLINE_CHROMIUM names none.');
}

describe.skipIf(chromium === null)('an exported model in Chromium', () => {
  let page: ScriptedPage | undefined;
  beforeAll(async () => {
    page = await openPage(chromium ?? '', new URL('../testing/exported-page.ts', import.meta.url));
  });
  afterAll(() => page?.close());

  it.each([
    ['bn', 'v3plus'],
    ['wa+gn', 'v3'],
  ] as const)('with %s and the decoder %s runs on WebGL', async (recipe, decoder) => {
    const { files, pixels, difference } = exportedNetwork(recipe, { decoder });
    const request: PageRequest = {
      files: Object.fromEntries(
        files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString('base64')]),
      ),
      pixels,
    };
    const answer = (await page?.call('answerWithExported', JSON.stringify(request))) as PageAnswer;
    expect(answer.about).toEqual(ABOUT);
    expect(difference(answer.shape, answer.logits)).toBeLessThan(1e-3);
  });
});
