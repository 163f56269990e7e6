import { describe, expect, it } from 'vitest';
import { configOf, withDataset, type ConfigFlags } from './flag-assignments.ts';
import { loadConfig } from './load-config.ts';

const dataset = async (flags: ConfigFlags) => (await configOf(flags)).dataset;

describe('flags', () => {
  it('alone, --data is a folder of class folders, whatever it is called', async () => {
    expect(await dataset({ data: '2012' })).toEqual({ name: 'folders', train: '2012', test: null });
    expect(await dataset({ data: 'it: is "one"' })).toMatchObject({ train: 'it: is "one"' });
    expect(await dataset({ preset: 'quick', data: 'mine' })).toMatchObject({
      name: 'folders',
      train: 'mine',
    });
  });

  it('with --dataset, --data is where that lies, and of a preset where its own does', async () => {
    expect(await dataset({ dataset: 'cifar100', data: 'c' })).toEqual({
      name: 'cifar100',
      root: 'c',
      labels: 'fine',
    });
    expect(await dataset({ dataset: 'cifar10' })).toMatchObject({ root: 'data/cifar-10-batches-bin' });
    expect(await dataset({ preset: 'cifar10-r20', data: 'c' })).toEqual({ name: 'cifar10', root: 'c' });
    expect(await dataset({ dataset: 'folders', data: 'mine' })).toMatchObject({
      name: 'folders',
      train: 'mine',
    });
  });

  it('take the place of another data set of the preset, and keep the rest of it', async () => {
    const config = await configOf({ preset: 'cifar10-r20', dataset: 'imagenet', data: 'i' });
    expect(config.dataset).toEqual({ name: 'imagenet', root: 'i' });
    expect(config.train.epochs).toBe(164);
    // The channels' means of a preset for colour do not fit grey images, and that is said.
    await expect(configOf({ preset: 'cifar10-r20', dataset: 'mnist' })).rejects.toThrow(/images\.mean/);
  });

  it('stand under --set, which may speak of the data set that they name', async () => {
    const set = ['dataset.labels=coarse', 'model.recipe=bn'];
    const config = await configOf({ dataset: 'cifar100', data: 'c', recipe: 'gn', weights: '1e3', set });
    expect(config.dataset).toEqual({ name: 'cifar100', root: 'c', labels: 'coarse' });
    expect(config.model).toMatchObject({ recipe: 'bn', weights: '1e3' });
  });

  it('say which data sets there are', async () => {
    await expect(configOf({ dataset: 'cifar' })).rejects.toThrow(
      'There is no data set "cifar": use one of folders, cifar10, cifar100, mnist, usps, imagenet, or --data with a folder',
    );
  });
});

describe('the data of a run', () => {
  const run = (...set: string[]) => loadConfig({ set });

  it('are where they were without flags', async () => {
    const config = await run('dataset.name=cifar10');
    expect(withDataset(config, {})).toEqual(config);
  });

  it('keep their other options where they have moved', async () => {
    const config = await run('dataset.name=cifar100', 'dataset.labels=coarse');
    for (const flags of [{ data: 'c' }, { data: 'c', dataset: 'cifar100' }]) {
      expect(withDataset(config, flags).dataset).toEqual({ name: 'cifar100', root: 'c', labels: 'coarse' });
    }
    expect(withDataset(config, { dataset: 'cifar10' }).dataset).toMatchObject({ name: 'cifar10' });
    expect(() => withDataset(config, { dataset: 'mnist' })).toThrow(
      /of the run, with the flags over it.*grey/,
    );
  });

  it('of folders are the scored ones', async () => {
    const two = await run('dataset={name: folders, train: a, test: b}');
    expect(withDataset(two, { data: 'c' }).dataset).toEqual({ name: 'folders', train: 'a', test: 'c' });
    const one = await run('dataset={name: folders, train: a}');
    expect(withDataset(one, { data: 'c' }).dataset).toEqual({ name: 'folders', train: 'c', test: null });
  });
});
