import { tf } from '@plumbline/runtime';
import { expect, it } from 'vitest';
import { backboneName, buildModel, buildOptimizer, checkTrainable, decoderName } from './build-model.ts';
import { configSchema } from '../config/config.ts';

const small = { depth: 18, headChannels: 8, atrousRates: [1, 2, 3] } as const;

it('draws the same weights from the same seed, and others from another', () => {
  const weights = (seed: number): number[] =>
    tf.tidy(() => {
      const model = buildModel(configSchema.parse({ seed, model: small }), 21);
      const values = model.trainableWeights.map((weight) =>
        Number(tf.sum(tf.abs(weight.read())).dataSync()[0]),
      );
      model.dispose();
      return values;
    });
  expect(weights(4)).toEqual(weights(4));
  expect(weights(4)).not.toEqual(weights(5));
});

it('trains the head faster than the backbone, and spares norms and biases the decay', () => {
  const config = configSchema.parse({ model: small, optimizer: { headScale: 3, weightDecay: 0.01 } });
  const model = buildModel(config, 21);
  const groups = buildOptimizer(config, model).groups.map(({ parameters, ...how }) => ({
    ...how,
    first: parameters[0]?.name,
  }));
  expect(groups).toEqual([
    { name: 'backbone', learningRateScale: 1, weightDecay: 0.01, first: 'backbone.conv1/kernel' },
    expect.objectContaining({ name: 'backbone, no decay', learningRateScale: 1, weightDecay: 0 }),
    expect.objectContaining({ name: 'head', learningRateScale: 3, weightDecay: 0.01 }),
    expect.objectContaining({ name: 'head, no decay', learningRateScale: 3, weightDecay: 0 }),
  ]);
});

it('builds the decoder, the stem and the heads that the configuration names, and names them', () => {
  const config = configSchema.parse({
    model: { ...small, decoder: 'v3plus', decoderConvolutions: 1, variant: 'v1d' },
    loss: { auxiliary: 0.4 },
  });
  expect(`${decoderName(config.model)} ${backboneName(config.model)}`).toBe('DeepLabv3+ ResNet-18 v1d');
  const model = buildModel(config, 21);
  const names = model.layers.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining(['backbone.conv1.6', 'classifier.project.0', 'classifier.classifier.3']),
  );
  expect(names).not.toContain('classifier.classifier.6');
  expect(model.outputs.map(({ shape }) => shape[3])).toEqual([21, 21]);
  const plain = configSchema.parse({ model: small });
  expect(`${decoderName(plain.model)} ${backboneName(plain.model)}`).toBe('DeepLabv3 ResNet-18');
  expect(buildModel(plain, 21).outputs).toHaveLength(1);
});

it('refuses batch norm on the pooled branch of a single image before anything is trained', () => {
  const config = (recipe: string, poolingNorm: 'recipe' | 'none'): ReturnType<typeof configSchema.parse> =>
    configSchema.parse({ model: { ...small, recipe, poolingNorm }, train: { batchSize: 1 } });
  const pooled = config('wa+bn', 'recipe');
  expect(() => checkTrainable(pooled)).toThrow(/train\.batchSize 1.*set model\.poolingNorm=none/);
  expect(() => checkTrainable(config('wa+bn', 'none'))).not.toThrow();
  expect(() => checkTrainable(config('wa+gn', 'recipe'))).not.toThrow();
  // To look at images, such a network is as good as any.
  expect(() => buildModel(pooled, 21)).not.toThrow();
});
