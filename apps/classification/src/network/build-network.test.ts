import { describe, expect, it } from 'vitest';
import type { ConfigInput } from '../config/config.ts';
import { tinyConfig } from '../testing/tiny-images.ts';
import { buildNetwork, networkTitle } from './build-network.ts';

type Network = NonNullable<NonNullable<ConfigInput['model']>['network']>;
const of = (network: Network, recipe = 'gn') =>
  tinyConfig('', { images: { crop: 'none' }, model: { network, recipe } });

describe('networks', () => {
  it.each<[Network, 1 | 3, string]>([
    [{ name: 'cifar-resnet', depth: 8 }, 1, 'ResNet-8'],
    [
      { name: 'cifar-resnet', depth: 14, shortcut: 'projection', preActivation: true, boundaryNorm: true },
      3,
      'pre-activation ResNet-14, shortcuts projection, layer norm at both ends',
    ],
    [{ name: 'cifar-resnet', depth: 18, widths: 'imagenet' }, 3, 'ResNet-18, with the widths of ImageNet'],
    [{ name: 'resnet', depth: 18 }, 3, 'ResNet-18'],
    [{ name: 'resnext' }, 3, 'ResNeXt-50 32×4d'],
    [{ name: 'squeezenet' }, 3, 'SqueezeNet 1.0'],
  ])('%o of %i channels gives logits', (network, channels, title) => {
    const config = of(network);
    const model = buildNetwork(config, { classes: 7, channels });
    expect(model.inputs[0]?.shape.at(-1)).toBe(channels);
    expect(model.outputs.map(({ shape }) => shape)).toEqual([[null, 7]]);
    expect(networkTitle(config.model)).toBe(title);
    model.dispose();
  });

  it('are told what does not fit', () => {
    expect(() => buildNetwork(of({ name: 'squeezenet' }), { classes: 7, channels: 1 })).toThrow(
      'model.network.name squeezenet takes images in colour, and these are grey: take cifar-resnet.',
    );
    const warnings: string[] = [];
    const onWarning = (warning: string) => warnings.push(warning);
    const config = of({ name: 'cifar-resnet', depth: 8 }, 'ws');
    buildNetwork(config, { classes: 2, channels: 3, onWarning }).dispose();
    expect(warnings).toEqual([expect.stringContaining('Recipe "ws"')]);
  });
});
