import { describe, expect, it } from 'vitest';
import {
  checkPhotometric,
  distort,
  drawPhotometric,
  PHOTOMETRIC,
  type PhotometricPlan,
} from './photometric.ts';
import { randomAt } from '../loading/random.ts';

const nothing: PhotometricPlan = {
  brightness: null,
  contrast: null,
  contrastFirst: false,
  saturation: null,
  hue: null,
};

function distorted(colour: readonly number[], plan: Partial<PhotometricPlan>): number[] {
  const pixels = Float32Array.from(colour);
  distort(pixels, { ...nothing, ...plan });
  return [...pixels].map((value) => Math.round(100 * value) / 100);
}

/** Travis's hexcone, step by step: the reference for both changes in HSV. */
function throughHsv(
  [red = 0, green = 0, blue = 0]: readonly number[],
  factor: number,
  degrees: number,
): number[] {
  const max = Math.max(red, green, blue);
  const min = Math.min(red, green, blue);
  let hue = 0;
  if (max !== min) {
    if (max === red) hue = (60 * (green - blue)) / (max - min);
    else if (max === green) hue = 120 + (60 * (blue - red)) / (max - min);
    else hue = 240 + (60 * (red - green)) / (max - min);
  }
  const saturation = Math.min(1, (max === 0 ? 0 : (max - min) / max) * factor);
  const turned = (hue + degrees + 720) % 360;
  const sector = Math.floor(turned / 60);
  const f = turned / 60 - sector;
  const p = max * (1 - saturation);
  const q = max * (1 - f * saturation);
  const t = max * (1 - (1 - f) * saturation);
  return [
    [max, t, p],
    [q, max, p],
    [p, max, t],
    [p, q, max],
    [t, p, max],
    [max, p, q],
  ][sector] as number[];
}

describe('distort', () => {
  it('does nothing where nothing was drawn', () => {
    expect(distorted([1, 2, 3, 250, 0, 9], {})).toEqual([1, 2, 3, 250, 0, 9]);
  });

  it('shifts and scales colour values and cuts them to 0…255', () => {
    expect(distorted([10, 100, 240], { brightness: -20 })).toEqual([0, 80, 220]);
    expect(distorted([10, 100, 240], { brightness: 20 })).toEqual([30, 120, 255]);
    expect(distorted([10, 100, 240], { contrast: 1.5 })).toEqual([15, 150, 255]);
  });

  it('scales contrast before the saturation or after the hue', () => {
    // First: 200 · 1.5 is cut to 255, and only then the saturation is halved.
    const plan = { contrast: 1.5, saturation: 0.5 };
    expect(distorted([200, 100, 0], { ...plan, contrastFirst: true })).toEqual([255, 202.5, 127.5]);
    expect(distorted([200, 100, 0], { ...plan, contrastFirst: false })).toEqual([255, 225, 150]);
  });

  it('knows pure colours: red turned by 120° is green, and grey has no hue', () => {
    expect(distorted([255, 0, 0], { hue: 120 })).toEqual([0, 255, 0]);
    expect(distorted([255, 0, 0], { hue: -120 })).toEqual([0, 0, 255]);
    expect(distorted([80, 80, 80], { hue: 30, saturation: 1.4 })).toEqual([80, 80, 80]);
  });

  it('agrees with the way through HSV and back', () => {
    const random = randomAt(3);
    for (let draw = 0; draw < 500; draw++) {
      const colour = [0, 1, 2].map(() => random.integer(0, 255));
      const saturation = random.uniform(0, 2);
      const hue = random.uniform(-180, 180);
      const pixels = Float32Array.from(colour);
      distort(pixels, { ...nothing, saturation, hue });
      throughHsv(colour, saturation, hue).forEach((value, c) => expect(pixels[c]).toBeCloseTo(value, 2));
    }
  });
});

describe('drawPhotometric', () => {
  const plans = Array.from({ length: 2000 }, (_, i) => drawPhotometric(PHOTOMETRIC, randomAt(7, i)));

  it.each([
    ['brightness', -32, 32],
    ['contrast', 0.5, 1.5],
    ['saturation', 0.5, 1.5],
    ['hue', -36, 36],
  ] as const)('draws %s every other time, between %d and %d', (name, low, high) => {
    const values = plans.flatMap((plan) => plan[name] ?? []);
    expect(Math.abs(values.length - 1000)).toBeLessThan(120);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
    expect(Math.max(...values)).toBeLessThan(high);
    expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(0.98 * (high - low));
  });

  it('scales contrast first every other time', () => {
    expect(Math.abs(plans.filter((plan) => plan.contrastFirst).length - 1000)).toBeLessThan(120);
  });
});

describe('checkPhotometric', () => {
  it.each([
    [{ brightness: -1 }, 'augment.photometric.brightness is -1, but a number from 0 to 255 is wanted.'],
    [{ hue: 181 }, 'augment.photometric.hue is 181'],
    [{ contrast: [1.5, 0.5] as const }, 'augment.photometric.contrast is 1.5 to 0.5'],
    [{ saturation: [-1, 1] as const }, 'augment.photometric.saturation is -1 to 1'],
  ])('refuses %o', (change, message) => {
    expect(() => checkPhotometric({ ...PHOTOMETRIC, ...change })).toThrow(message);
  });
});
