import { ellipse, hue, path, pick, rectangle, shadow, unmasked, type DrawObject } from '../shapes.ts';

const outlines = [
  {
    neck: -96,
    shape:
      'M-5 -96 L5 -96 L5 -72 Q15 -62 15 -50 L15 -4 Q15 0 10 0 L-10 0 Q-15 0 -15 -4 L-15 -50 Q-15 -62 -5 -72 Z',
  },
  {
    neck: -92,
    shape:
      'M-5 -92 L5 -92 L6 -66 Q17 -60 17 -54 L16 -4 Q16 0 11 0 L-11 0 Q-16 0 -16 -4 L-17 -54 Q-17 -60 -6 -66 Z',
  },
  {
    neck: -84,
    shape:
      'M-6 -84 L6 -84 L7 -74 Q19 -68 19 -58 L17 -36 L19 -4 Q18 0 13 0 L-13 0 Q-18 0 -19 -4 L-17 -36 L-19 -58 Q-19 -68 -7 -74 Z',
  },
] as const;

/** About 36 wide and 95 high. */
export const bottle: DrawObject = (random) => {
  const [h, s, l] = pick(random, [
    [128, 55, 26],
    [150, 40, 34],
    [26, 66, 28],
    [200, 55, 58],
    [355, 62, 36],
  ] as const);
  const label = pick(random, ['#f4ecd8', '#ffffff', '#e2b33c', '#d94f3d', '#2f5f9e'] as const);
  const { neck, shape } = pick(random, outlines);
  return [
    shadow(17, 4),
    { shape: path(shape), fill: [hue(random, h, s, l + 12, 4), hue(random, h, s, l - 8, 4)] },
    {
      shape: rectangle(-6.5, neck - 3, 13, 9, 2),
      fill: pick(random, ['#c9a227', '#b3272d', '#ededed', '#26282c'] as const),
    },
    unmasked(rectangle(-15, -44, 30, 26, 1.5), label),
    unmasked(rectangle(-10, -38, 20, 3), '#333', 0.6),
    unmasked(ellipse(0, -27, 6, 5), hue(random, h, s, 40), 0.7),
    unmasked(rectangle(-11, -60, 3.4, 56, 1.7), '#fff', 0.42),
    unmasked(rectangle(9, -56, 3, 50, 1.5), '#000', 0.22),
  ];
};
