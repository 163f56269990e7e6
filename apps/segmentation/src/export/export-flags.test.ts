import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { withExportFlags } from './export-flags.ts';

const parse = (...flags: string[]): Record<string, unknown> => {
  const command = withExportFlags(new Command('export')).exitOverride();
  command.configureOutput({ writeErr: () => undefined });
  command.parse(['--out', 'folder', ...flags], { from: 'user' });
  return command.opts();
};

describe('the flags of export', () => {
  it('have defaults', () => {
    expect(parse()).toEqual({
      out: 'folder',
      format: ['layers'],
      precision: 'float32',
      input: 'pixels',
      images: 8,
    });
  });

  it('take both formats, each once', () => {
    expect(parse('--format', 'saved-model,layers,layers')['format']).toEqual(['saved-model', 'layers']);
  });

  it.each([
    [['--format', 'onnx'], /Write layers or saved-model, or both with a comma between them\./],
    [['--precision', 'int4'], /Allowed choices are float32, float16, uint8\./],
    [['--size', '0'], /It must be a whole number, 1 or more\./],
    [['--max-difference', 'small'], /It must be a number from 0 on, such as 1e-3\./],
    [['--min-agreement', '101'], /It must be a percentage from 0 to 100\./],
  ])('refuse %j', (flags, message) => {
    expect(() => parse(...flags)).toThrow(message);
  });
});
