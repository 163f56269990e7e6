import { refuseSwallowedFlags } from '@plumbline/training/config';
import { Command } from 'commander';
import { expect, it } from 'vitest';

/** The options that `train` with these words gets. */
function parse(...words: string[]): Record<string, unknown> {
  const collect = (value: string, before: string[]): string[] => [...before, value];
  const command = new Command('train')
    .option('-p, --preset <name>')
    .option('--set <a.b=value>', '', collect, [])
    .option('--run <folder>')
    .option('--resume [folder]')
    .hook('preAction', (_, action) => refuseSwallowedFlags(action))
    .action(() => undefined)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  command.parse(words, { from: 'user' });
  return command.opts();
}

it('knows a forgotten value from one', () => {
  expect(() => parse('--run', '--preset')).toThrow(
    '--run got --preset, which is another flag: give it a value (--run <folder>).',
  );
  expect(() => parse('--run', '-p')).toThrow(/--run got -p, /);
  expect(() => parse('--set', '--resume=x')).toThrow(/--set got --resume=x, /);
  expect(parse('--run', '--odd-name', '--set', 'seed=1')).toMatchObject({
    run: '--odd-name',
    set: ['seed=1'],
  });
});

it('leaves what may have no value alone', () => {
  expect(parse('--resume')).toMatchObject({ resume: true });
  expect(parse('--resume', '--set', 'seed=1')).toMatchObject({ resume: true, set: ['seed=1'] });
  expect(parse('--resume', 'runs/a-1', '-p', 'voc')).toMatchObject({ resume: 'runs/a-1', preset: 'voc' });
  expect(parse('--resume=-odd')).toMatchObject({ resume: '-odd' });
});
