import { parseRecipe } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { deepLabV3 } from './deeplabv3.ts';
import { freezeStages, stageLayers } from './freeze-stages.ts';
import { imageClassifier, type ClassifierBackbone } from './image-classifier.ts';
import { freeTensorsAfterEach } from './testing/tensor-scope.ts';
import { undrawn } from './testing/undrawn.ts';

freeTensorsAfterEach();

const build = (backbone: ClassifierBackbone, recipe = undrawn(parseRecipe('bn'))): tfl.LayersModel =>
  imageClassifier({ backbone, recipe, classes: 3, bottleneck: null, classifier: 'plain', seed: 0 });

/** Layers with weights in the stages, by the names of their convolutions. */
const convolutions = (model: tfl.LayersModel, count: number): string[] =>
  [...stageLayers(model, count)]
    .filter((name) => model.getLayer(name).getClassName() === 'NormConv2D')
    .map((name) => name.slice('backbone.'.length))
    .sort();

describe('the stages of', () => {
  it('a ResNet are its own, the first with the stem', () => {
    const model = build({ kind: 'resnet', depth: 18 });
    const first = ['conv1', ...['0.conv1', '0.conv2', '1.conv1', '1.conv2'].map((name) => `layer1.${name}`)];
    expect(convolutions(model, 1)).toEqual(first);
    expect(convolutions(model, 4)).toHaveLength(20);
    expect(stageLayers(model, 4)).not.toContain('backbone.avgpool');
    expect(stageLayers(model, 0).size).toBe(0);
  });

  it('a ResNet with a deep stem hold all of it', () => {
    const names = convolutions(build({ kind: 'resnet', depth: 18, variant: 'v1c' }), 1);
    expect(names).toEqual(expect.arrayContaining(['conv1.0', 'conv1.3', 'conv1.6']));
  });

  it('a CIFAR ResNet are its own, the first with the stem', () => {
    const model = build({ kind: 'cifar-resnet', depth: 8 });
    expect(convolutions(model, 1)).toEqual(['conv1', 'layer1.0.conv1', 'layer1.0.conv2']);
    expect(convolutions(model, 3)).toHaveLength(7);
    expect([...stageLayers(model, 1)]).toEqual(expect.arrayContaining(['backbone.bn1', 'backbone.relu']));
    expect(() => stageLayers(model, 4)).toThrow(/of a ResNet: give a whole number from 0 to 3\./);
    expect(stageLayers(model, 3)).not.toContain('backbone.avgpool');
    const wide = build({ kind: 'cifar-resnet', depth: 18, widths: 'imagenet' });
    expect(convolutions(wide, 4)).toHaveLength(20);
  });

  it('a pre-activated ResNet leave out what is behind its last block', () => {
    const model = build({ kind: 'cifar-resnet', depth: 8, preActivation: true, boundaryNorm: true });
    expect(stageLayers(model, 1)).toContain('backbone.stem.norm');
    const names = model.layers.map(({ name }) => name).filter((name) => !stageLayers(model, 3).has(name));
    const behind = ['last.norm', 'last.bn', 'last.relu', 'avgpool'].map((name) => `backbone.${name}`);
    expect(names).toEqual(['image', ...behind, 'classifier.fc']);
  });

  it('a SqueezeNet end at its poolings', () => {
    const model = build({ kind: 'squeezenet' });
    const fires = (count: number): string[] =>
      convolutions(model, count)
        .filter((name) => name.endsWith('squeeze'))
        .map((name) => name.split('.')[1] ?? '');
    expect(convolutions(model, 1)).toEqual(['features.0']);
    expect(fires(2)).toEqual(['3', '4', '5']);
    expect(fires(3)).toEqual(['10', '3', '4', '5', '7', '8', '9']);
  });

  it('a digit network are its convolutions', () => {
    const model = build({ kind: 'digits' });
    expect(convolutions(model, 1)).toEqual(['conv1']);
    expect(convolutions(model, 2)).toEqual(['conv1', 'conv2']);
  });

  it('are not more than there are, and of no other network', () => {
    expect(() => stageLayers(build({ kind: 'squeezenet' }), 4)).toThrow(
      /Freezing 4 stages .* of a SqueezeNet: give a whole number from 0 to 3\./,
    );
    expect(() => stageLayers(build({ kind: 'digits' }), 1.5)).toThrow(/give a whole number from 0 to 2/);
    expect(() => stageLayers(build({ kind: 'resnet', depth: 18 }), -1)).toThrow(/from 0 to 4/);
    const mobile = deepLabV3({
      backbone: 'mobilenetv2',
      width: 0.5,
      recipe: undrawn(parseRecipe('bn')),
      classes: 2,
      headChannels: 8,
    });
    expect(() => stageLayers(mobile, 1)).toThrow(/found no ResNet, SqueezeNet or digit network in it/);
  });
});

it('what is frozen stays through a training step with its running statistics, and all else moves', () => {
  const model = build({ kind: 'digits' }, parseRecipe('bn'));
  const frozen = freezeStages(model, 1);
  expect(frozen.sort()).toEqual(['backbone.bn1', 'backbone.conv1', 'backbone.pool1', 'backbone.relu1']);
  const snapshot = (): Map<string, string> =>
    new Map(
      model.layers.flatMap((layer) =>
        layer
          .getWeights()
          .map((value, index) => [`${layer.name}/${index}`, value.dataSync().join()] as const),
      ),
    );
  const before = snapshot();
  const images = tf.randomNormal([4, 28, 28, 3], 0, 1, 'float32', 2);
  const optimizer = tf.train.sgd(0.1);
  optimizer.minimize(() => {
    const [, logits] = model.apply(images, { training: true }) as tf.Tensor[];
    return tf.losses.softmaxCrossEntropy(tf.oneHot([0, 1, 2, 0], 3), logits as tf.Tensor);
  });
  optimizer.dispose();
  const moved = [...snapshot()].filter(([name, value]) => before.get(name) !== value).map(([name]) => name);
  const stays = [...before.keys()].filter((name) => /^backbone\.(conv|bn)1\//.test(name));
  expect(stays).toHaveLength(5);
  expect(moved.sort()).toEqual([...before.keys()].filter((name) => !stays.includes(name)).sort());
});
