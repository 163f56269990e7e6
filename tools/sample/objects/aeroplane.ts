import { ellipse, hue, path, pick, unmasked, type DrawObject } from '../shapes.ts';

/** About 130 wide and 50 high, facing right; its middle is at y = −25. */
export const aeroplane: DrawObject = (random) => {
  const livery = hue(random, pick(random, [4, 210, 226, 38, 170] as const), 70, 42, 8);
  const skin = pick(random, ['#fbfcfd', '#f1f3f5', '#dde2e8'] as const);
  const windows = Array.from({ length: 12 }, (_, i) =>
    unmasked(ellipse(-30 + 6 * i, -28, 1.5, 1.9), '#41566b'),
  );
  return [
    { shape: path('M-2 -30 L-26 -52 L-36 -52 L-20 -29 Z'), fill: ['#aab3bd', '#c6cdd4'] },
    { shape: path('M-44 -30 L-64 -56 L-52 -56 L-30 -31 Z'), fill: [livery, livery] },
    {
      shape: path(
        'M-64 -28 Q-56 -37 -30 -37 L44 -37 Q62 -35 66 -25 Q60 -16 40 -15 L-34 -17 Q-58 -22 -64 -28 Z',
      ),
      fill: [skin, '#98a3af'],
    },
    unmasked(path('M-58 -25 L64 -25 Q60 -21 54 -20 L-40 -21 Z'), livery, 0.9),
    ...windows,
    unmasked(path('M50 -33 L58 -30 L50 -29 Z'), '#22303d'),
    { shape: path('M-44 -24 L-66 -16 L-58 -14 L-32 -20 Z'), fill: '#8b96a2' },
    { shape: path('M14 -22 L-24 4 L-36 4 L-14 -22 Z'), fill: ['#8d97a3', '#c2c9d1'] },
    { shape: ellipse(-4, -9, 11, 4.6), fill: [skin, '#6f7a86'] },
  ];
};
