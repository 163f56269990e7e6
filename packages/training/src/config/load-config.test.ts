import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeConfig } from './describe-config.ts';
import { createConfigLoader } from './load-config.ts';

const methodSchema = z.discriminatedUnion('name', [
  z
    .strictObject({
      name: z.literal('dann'),
      reversal: z.number().describe('Strength of the reversal.').default(1),
      factor: z.number().describe('Factor of the loss.').default(1),
    })
    .describe('Adversarial.'),
  z
    .strictObject({
      name: z.literal('mcc'),
      temperature: z.number().describe('Of the softmax.').default(2.5),
      factor: z.number().describe('Factor of the loss.').default(0.1),
    })
    .describe('Class confusion.'),
  z.strictObject({ name: z.enum(['none', 'adabn']) }),
]);

const schema = z
  .strictObject({
    seed: z.number().int().describe('Seed.').default(0),
    method: methodSchema.describe('How it adapts.').prefault({ name: 'dann', factor: 3 }),
    head: z
      .strictObject({ width: z.number().describe('Its channels.').default(256) })
      .nullable()
      .describe('The bottleneck; null: none.')
      .default(null),
    mean: z.array(z.number()).describe('Of the pixels.').default([0.5]),
  })
  .superRefine(({ seed }, context) => {
    if (seed === 13) context.addIssue({ code: 'custom', path: ['seed'], message: 'must not be 13' });
  });

const PRESETS = {
  confusion: { description: 'Class confusion.', config: { method: { name: 'mcc', temperature: 2 } } },
  plain: { description: 'No name.', config: { method: { reversal: 0.1 } } },
} as const;
const { load, validate } = createConfigLoader({ schema, presets: PRESETS });

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function fileWith(text: string): Promise<string> {
  const file = join(folder, 'config.yaml');
  await writeFile(file, text);
  return file;
}

describe('a configuration', () => {
  it('is defaults under preset under file under --set', async () => {
    const file = await fileWith('seed: 5\nmethod: { factor: 4, temperature: 3 }\n');
    const config = await load({ preset: 'confusion', file, set: ['seed=6', 'method.factor=7', 'seed=8'] });
    expect(config).toEqual({
      seed: 8,
      method: { name: 'mcc', temperature: 3, factor: 7 },
      head: null,
      mean: [0.5],
    });
  });

  it.each([
    ['a file', { file: 'method: { name: dann, reversal: 0.3 }' }, { name: 'dann', reversal: 0.3, factor: 1 }],
    ['--set', { set: ['method.name=none'] }, { name: 'none' }],
    [
      '--set, whatever comes first',
      { set: ['method.reversal=2', 'method.name=dann'] },
      { name: 'dann', reversal: 2, factor: 1 },
    ],
    [
      'the same name, which keeps what is below',
      { set: ['method.name=mcc', 'method.factor=2'] },
      { name: 'mcc', temperature: 2, factor: 2 },
    ],
  ])('has a section replaced by one of another name: %s', async (_, over, method) => {
    const file = 'file' in over ? { file: await fileWith(over.file) } : {};
    expect((await load({ preset: 'confusion', ...over, ...file })).method).toEqual(method);
  });

  it('takes options without a name as those of the default, and says so where they are not', async () => {
    expect((await load({ preset: 'plain' })).method).toEqual({ name: 'dann', reversal: 0.1, factor: 3 });
    expect((await load({ set: ['method.factor=2'] })).method).toMatchObject({ name: 'dann', factor: 2 });
    await expect(load({ set: ['method.temperature=2'] })).rejects.toThrow(
      /\(--set method\.temperature=2\) is not valid: method: Unrecognized key: "temperature"\.$/,
    );
  });

  it('takes them also below a section that nothing was written of', async () => {
    const inner = z.strictObject({ method: methodSchema.prefault({ name: 'mcc' }) });
    const nested = createConfigLoader({ schema: z.strictObject({ outer: inner.prefault({}) }), presets: {} });
    const { outer } = await nested.load({ set: ['outer.method.factor=2'] });
    expect(outer.method).toEqual({ name: 'mcc', temperature: 2.5, factor: 2 });
  });

  it('changes no preset and no default', async () => {
    await load({ preset: 'confusion', set: ['method.factor=9', 'method.temperature=1'] });
    expect(PRESETS.confusion.config.method).toEqual({ name: 'mcc', temperature: 2 });
    expect((await load({})).method).toEqual({ name: 'dann', reversal: 1, factor: 3 });
  });

  it('is refused with the option, what it got and what it wants', async () => {
    await expect(load({ set: ['method.name=cdan'] })).rejects.toThrow(
      /method\.name: .*'dann' \| 'mcc' \| 'none' \| 'adabn' \(got "cdan"\)\.$/,
    );
    await expect(load({ preset: 'fast' })).rejects.toThrow(
      'There is no preset "fast"; choose one of confusion, plain.',
    );
    await expect(load({ set: ['seed=13'] })).rejects.toThrow(/seed: must not be 13 \(got 13\)\.$/);
    await expect(load({ set: ['seed'] })).rejects.toThrow(/^--set got "seed"; write it as a\.b=value/);
    expect(() => validate({ seeds: 1 }, 'runs/x/config.json')).toThrow(
      /^The configuration \(runs\/x\/config\.json\) is not valid: top level: .*"seeds"\.$/,
    );
  });
});

describe('the description of a configuration', () => {
  it('says what every option means, and what else there is to choose', async () => {
    expect(describeConfig(schema, await load({ preset: 'confusion' }))).toBe(
      `seed: 0 # Seed.
method: # How it adapts.
  name: "mcc" # Class confusion. One of dann, mcc, none, adabn.
  temperature: 2 # Of the softmax.
  factor: 0.1 # Factor of the loss.
head: null # The bottleneck; null: none.
mean: [0.5] # Of the pixels.
`,
    );
    const other = await load({ set: ['method.name=adabn', 'head.width=64'] });
    expect(describeConfig(schema, other)).toContain(
      '  name: "adabn" # One of dann, mcc, none, adabn.\nhead: # The bottleneck; null: none.\n  width: 64 # Its channels.\n',
    );
  });

  it.each([['method.name=none'], ['method.name=mcc', 'head={}'], ['method.reversal=4', 'seed=3']])(
    'is a file that gives it back: %s',
    async (...set) => {
      const config = await load({ set });
      expect(await load({ file: await fileWith(describeConfig(schema, config)) })).toEqual(config);
    },
  );
});
