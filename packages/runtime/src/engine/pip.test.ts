import { describe, expect, it } from 'vitest';
import { urlFromReport } from './pip.ts';

const report = (url: string): string =>
  JSON.stringify({ version: '1', install: [{ download_info: { url } }] });

describe('urlFromReport', () => {
  it("finds the wheel's address", () => {
    expect(urlFromReport(report('https://files.example/ab/cd/tf.whl'), 'tf.whl')?.href).toBe(
      'https://files.example/ab/cd/tf.whl',
    );
  });

  it('accepts a file on this machine', () => {
    expect(urlFromReport(report('file:///wheels/tf.whl'), 'tf.whl')?.protocol).toBe('file:');
  });

  it.each([
    report('https://files.example/other.whl'),
    '{"version":"1","install":[]}',
    'ERROR: no matching distribution',
    '',
  ])('has none in %j', (text) => {
    expect(urlFromReport(text, 'tf.whl')).toBeNull();
  });
});
