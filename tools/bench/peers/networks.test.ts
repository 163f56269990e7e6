// The network of every peer is the same one. torchvision's deeplabv3_resnet50 (0.15, COCO_WITH_VOC_LABELS_V1) has 42 004 074
// parameters, of which 2 365 205 are its auxiliary head's.
import { expect, it } from 'vitest';
import type { Case } from '../protocol.ts';
import { requireSameParameters } from '../parts/training.ts';
import { networkOf } from './plumbline.ts';
import { stockNetwork } from './stock.ts';
import { forwardFlop, parametersOf } from './tensorflow.ts';

const CASE: Case = {
  task: 'training',
  network: 'deeplab',
  size: 33,
  batch: 2,
  recipe: 'bn',
  precision: 'float32',
};

it('has as many parameters as torchvision’s', () => {
  const [ours, theirs] = [networkOf(CASE), stockNetwork(CASE)];
  expect(parametersOf(ours)).toBe(42_004_074 - 2_365_205);
  expect(parametersOf(theirs)).toBe(parametersOf(ours));
  for (const model of [ours, theirs]) model.dispose();
});

it('counts the multiplications and additions of all convolutions', () => {
  const of: Case = { ...CASE, network: 'fcn', size: 224, batch: 1 };
  const model = networkOf(of);
  // torchvision states 4.089 thousand million multiplications for ResNet-50; our classifier replaces its last layer.
  const withoutLast = 4.089e9 - 2048 * 1000;
  expect(forwardFlop(model, of) / 2 / (withoutLast + 7 * 7 * 2048 * 21)).toBeCloseTo(1, 3);
  model.dispose();
});

it('compares only networks of one size', () => {
  const result = {
    about: {},
    flop: null,
    milliseconds: [],
    peakBytes: 0,
    firstStepSeconds: 0,
    problem: null,
  };
  const of = (name: string, parameters: number | null): Parameters<typeof requireSameParameters>[0] => [
    { ...result, name, parameters },
  ];
  expect(() => requireSameParameters([...of('a', 3), ...of('b', null), ...of('c', 3)])).not.toThrow();
  expect(() => requireSameParameters([...of('a', 3), ...of('b', 4)])).toThrow(
    /a trains 3 values and b 4: they are not the same network/,
  );
});
