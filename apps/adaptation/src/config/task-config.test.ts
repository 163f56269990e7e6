import { describe, expect, it } from 'vitest';
import { configOf } from './flag-assignments.ts';
import { DIGIT_TASKS, OFFICE_TASKS, parseTask, taskName, taskSchema } from './task-config.ts';

describe('a task', () => {
  it.each([...OFFICE_TASKS, ...DIGIT_TASKS])('%s is read, and written as people write it', (name) => {
    expect(taskName(taskSchema.parse(parseTask(name)))).toBe(name.replace('-', '→'));
  });

  it.each(['A-A', 'A-X', 'A', 'a-w', 'A-W-D', 'mnist-webcam', 'mnist-mnist', 'toString-A', ''])(
    'there is no "%s"',
    (name) => {
      expect(() => parseTask(name)).toThrow(
        `There is no task "${name}": use one of A-W, D-W, W-D, A-D, D-A, W-A, mnist-usps, usps-mnist, or set`,
      );
    },
  );

  it('of two folders is called by the last part of their paths', () => {
    const folders = { name: 'folders', source: '/data/red pens/', target: 'C:\\pictures\\2012' } as const;
    expect(taskName(folders)).toBe('red pens→2012');
  });
});

describe('flags', () => {
  const task = async (flags: Parameters<typeof configOf>[0]) =>
    (await configOf({ preset: 'quick', ...flags })).task;

  it('name two folders, whatever they are called', async () => {
    expect(await task({ data: '2012,it: is "one"' })).toEqual({
      name: 'folders',
      source: '2012',
      target: 'it: is "one"',
    });
    for (const data of ['one', 'a,', ',b', 'a,b,c']) {
      await expect(configOf({ data })).rejects.toThrow(
        `--data got "${data}"; without --task, write two folders with a comma between them, the source first.`,
      );
    }
  });

  it('say where the data of a task lie', async () => {
    expect(await task({ task: 'D-A', data: 'my office' })).toEqual({
      name: 'office31',
      root: 'my office',
      source: 'dslr',
      target: 'amazon',
    });
    expect(await task({ task: 'usps-mnist', data: '/d' })).toEqual({
      ...{ name: 'digits', source: 'usps', target: 'mnist' },
      ...{ mnist: '/d/mnist', usps: '/d/usps' },
    });
    expect(await task({ task: 'A-W' })).toMatchObject({ root: 'data/office31' });
  });

  it('give way to --set, and change the method without the options of the one before', async () => {
    const flags = { method: 'mcc', weights: '2012', set: ['method.temperature=3', 'model.weights=other'] };
    const { method, model } = await configOf({ preset: 'quick', ...flags });
    expect(method).toEqual({ name: 'mcc', weight: 1, temperature: 3 });
    expect(model.weights).toBe('other');
    expect((await configOf({ weights: '2012' })).model.weights).toBe('2012');
  });

  it('name variants, with what the preset says of every method that has the option', async () => {
    const of = async (method: string) => (await configOf({ preset: 'quick', method })).method;
    const { method: own } = await configOf({ preset: 'quick' });
    expect(own).toMatchObject({ name: 'dann', hidden: 128 });
    expect(await of('cdan+e')).toMatchObject({ name: 'cdan', entropyConditioning: true, hidden: 128 });
    expect(await of('dann')).toEqual(own);
    await expect(of('foo')).rejects.toThrow(/There is no method "foo": use source-only, dann,/);
  });
});
