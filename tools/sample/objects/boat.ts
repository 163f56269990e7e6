import type { Random } from '@plumbline/data';
import { hue, path, pick, rectangle, unmasked, type DrawObject, type Part } from '../shapes.ts';

/** About 100 wide; a sailing boat is about 105 high, a fishing boat 60. */
export const boat: DrawObject = (random) => {
  const hull = hue(random, pick(random, [0, 12, 205, 222, 150, 28] as const), 58, 40, 8);
  const body: Part[] = [
    unmasked(path('M-46 0 L46 0 L30 20 Q0 26 -28 20 Z'), '#0a1b2c', 0.3),
    { shape: path('M-50 -20 L54 -24 Q46 -4 36 2 L-36 2 Q-46 -8 -50 -20 Z'), fill: [hull, '#20262e'] },
    unmasked(path('M-49 -17 L52 -21 L51 -17 L-48 -13 Z'), '#fff', 0.85),
  ];
  return random.uniform(0, 1) < 0.6 ? [...body, ...sails(random)] : [...body, ...cabin(random)];
};

function sails(random: Random): Part[] {
  const cloth = pick(random, ['#f7f3e8', '#fdfdfb', '#e8502f', '#f2c14e', '#f3ead6'] as const);
  return [
    { shape: rectangle(-2, -104, 4, 84), fill: '#5d4632' },
    { shape: path('M4 -100 Q40 -60 44 -30 L4 -28 Z'), fill: [cloth, hue(random, 40, 16, 74)] },
    { shape: path('M-4 -92 Q-34 -54 -38 -30 L-4 -28 Z'), fill: [hue(random, 42, 22, 92, 4), cloth] },
    unmasked(path('M4 -62 Q26 -58 33 -52 L35 -48 Q24 -54 4 -56 Z'), '#7d8894', 0.35),
  ];
}

function cabin(random: Random): Part[] {
  const roof = hue(random, pick(random, [8, 210, 40] as const), 55, 45);
  return [
    { shape: rectangle(-24, -46, 40, 26, 3), fill: ['#ffffff', '#cfd5da'] },
    { shape: rectangle(-28, -51, 48, 7, 3), fill: roof },
    { shape: rectangle(24, -62, 3, 42), fill: '#4b4f55' },
    { shape: path('M27 -61 L42 -55 L27 -49 Z'), fill: roof },
    unmasked(rectangle(-18, -40, 11, 10, 2), '#35506a'),
    unmasked(rectangle(-2, -40, 11, 10, 2), '#35506a'),
  ];
}
