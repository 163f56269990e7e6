import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { configSchema, type Config } from '../config/config.ts';
import { withInferenceFlags, type InferenceFlags } from './inference-flags.ts';
import { overrideInference } from './override-inference.ts';

const config = configSchema.parse({ data: { baseSize: 40 }, evaluate: { size: 49, flip: true } });

/** The configuration that a command line makes of `config`. */
function resolved(...args: string[]): Config {
  const command = withInferenceFlags(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return overrideInference(config, command.parse(args, { from: 'user' }).opts<InferenceFlags>(), 'runs/a');
}

describe('flags of inference', () => {
  it('change nothing when there is none', () => {
    expect(resolved()).toEqual(config);
  });

  it('go over what the run did', () => {
    const flags = ['--window', '33', '--stride', '11', '--scales', '0.5,1', '--no-flip', '--base-size', '60'];
    const { data, evaluate } = resolved(...flags);
    expect(data.baseSize).toBe(60);
    expect(evaluate).toMatchObject({
      mode: 'slide',
      window: 33,
      windowStride: 11,
      scales: [0.5, 1],
      flip: false,
    });
    expect(resolved('--flip').evaluate.flip).toBe(true);
  });

  it('pad each image to its own size when all get too large for the square', () => {
    expect(resolved('--base-size', '60').evaluate.size).toBe(null);
    expect(resolved('--base-size', '49').evaluate.size).toBe(49);
  });

  it.each([
    [['--scales', '1,x'], /Write positive numbers with commas between them/],
    [['--window', '0'], /whole number of pixels, 1 or more/],
    [['--mode', 'crop'], /Allowed choices are whole, slide/],
    [['--mode', 'whole', '--window', '33'], /^--window and --stride are for windows: add --mode slide/],
    [['--stride', '33'], /^--window and --stride are for windows/],
    [['--window', '33', '--stride', '34'], /evaluate\.windowStride: must be at most the window, 33/],
  ])('refuse %j', (args, sentence) => {
    expect(() => resolved(...args)).toThrow(sentence);
  });
});
