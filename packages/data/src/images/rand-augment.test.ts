import { describe, expect, it } from 'vitest';
import { randomAt } from '../loading/random.ts';
import type { Picture } from './picture.ts';
import { COLOURFUL, GOLDEN_MAGNITUDE, goldenOperations } from './rand-augment-golden.test.fixture.ts';
import {
  applyRandAugment,
  drawRandAugment,
  MOST_MAGNITUDE,
  RAND_AUGMENT_OPERATIONS,
  type RandAugmentOperation,
} from './rand-augment.ts';

const applied = (picture: Picture, operation: RandAugmentOperation, amount: number): Picture =>
  applyRandAugment(picture, [{ operation, amount }]);

describe('applyRandAugment', () => {
  it.each(goldenOperations())(
    'does $operation with sign $sign and $picture.channels channels, $picture.width wide, as torchvision does',
    ({ operation, sign, picture, expected }) => {
      const amount = (sign * GOLDEN_MAGNITUDE) / MOST_MAGNITUDE;
      const before = picture.data.slice();
      expect([...applied(picture, operation, amount).data]).toEqual([...expected]);
      expect(picture.data).toEqual(before);
    },
  );

  it.each([
    'rotate',
    'color',
    'contrast',
    'brightness',
    'sharpness',
    'shearX',
    'shearY',
    'translateX',
  ] as const)('leaves a picture alone with %s of magnitude 0', (operation) => {
    expect(applied(COLOURFUL, operation, 0).data).toEqual(COLOURFUL.data);
  });

  it('stretches and equalizes no picture of one value', () => {
    const flat: Picture = { width: 30, height: 30, channels: 1, data: new Uint8Array(900).fill(77) };
    for (const operation of ['autoContrast', 'equalize'] as const) {
      expect(applied(flat, operation, 1).data).toEqual(flat.data);
    }
  });

  it('moves to the right and down, and leaves black behind', () => {
    const picture: Picture = { width: 3, height: 2, channels: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    expect([...applied(picture, 'translateX', 0.8).data]).toEqual([0, 1, 2, 0, 4, 5]);
    expect([...applied({ ...picture, width: 2, height: 3 }, 'translateY', 0.8).data]).toEqual([
      0, 0, 1, 2, 3, 4,
    ]);
  });

  it('applies one operation after the other', () => {
    const drawn = [
      { operation: 'solarize', amount: 0.5 },
      { operation: 'posterize', amount: -1 },
    ] as const;
    const [first, second] = drawn;
    expect(applyRandAugment(COLOURFUL, drawn)).toEqual(
      applied(applied(COLOURFUL, first.operation, first.amount), second.operation, second.amount),
    );
  });
});

describe('drawRandAugment', () => {
  it("draws each of the paper's 14 as often, with both signs, all of the same magnitude", () => {
    expect(RAND_AUGMENT_OPERATIONS).toHaveLength(14);
    const drawn = Array.from({ length: 2100 }, (_, i) =>
      drawRandAugment({ operations: 2, magnitude: 12 }, randomAt(5, i)),
    ).flat();
    expect(drawn).toHaveLength(4200);
    for (const name of RAND_AUGMENT_OPERATIONS) {
      const of = drawn.filter(({ operation }) => operation === name);
      expect(Math.abs(of.length - 300)).toBeLessThan(80);
      expect(Math.abs(of.filter(({ amount }) => amount > 0).length - of.length / 2)).toBeLessThan(45);
    }
    expect(new Set(drawn.map(({ amount }) => Math.abs(amount)))).toEqual(new Set([0.4]));
  });
});
