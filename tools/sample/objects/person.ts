import { ellipse, hue, path, pick, rectangle, shadow, unmasked, type DrawObject } from '../shapes.ts';

/** About 50 wide and 150 high, facing the viewer. */
export const person: DrawObject = (random) => {
  const skin = pick(random, ['#f2c9a5', '#e0ac82', '#c68a5e', '#8d5a38', '#5f3a24'] as const);
  const hair = pick(random, ['#241a15', '#4b3022', '#8a5a2b', '#d9b26a', '#6b6b6f'] as const);
  const shirt = hue(random, pick(random, [350, 12, 45, 205, 265, 320] as const), 62, 52, 9);
  const shirtShade = hue(random, 230, 30, 30, 6);
  const trousers = hue(random, pick(random, [218, 225, 30, 0] as const), 32, 26, 7);
  const step = random.uniform(0, 7);
  const lift = random.uniform(0, 1) < 0.3 ? -1 : 1;
  const arm = (side: 1 | -1, up: boolean): string =>
    up
      ? path(
          `M${side * 15} -108 Q${side * 26} -112 ${side * 30} -142 L${side * 37} -141 Q${side * 36} -104 ${side * 17} -92 Z`,
        )
      : path(
          `M${side * 15} -110 Q${side * 24} -104 ${side * 27} -64 L${side * 20} -63 Q${side * 18} -84 ${side * 13} -92 Z`,
        );
  const hand = (side: 1 | -1, up: boolean): string =>
    up ? ellipse(side * 34, -143, 5) : ellipse(side * 23.5, -61, 4.6);
  return [
    shadow(24, 5),
    { shape: path(`M-14 -72 L0 -72 L${-3 - step} -3 L${-13 - step} -3 Z`), fill: trousers },
    { shape: path(`M0 -72 L14 -72 L${13 + step} -3 L${3 + step} -3 Z`), fill: [trousers, '#14161c'] },
    { shape: rectangle(-16 - step, -6, 14, 6, 3), fill: '#1c1a19' },
    { shape: rectangle(2 + step, -6, 14, 6, 3), fill: '#1c1a19' },
    { shape: arm(-1, false), fill: shirt },
    { shape: hand(-1, false), fill: skin },
    { shape: arm(1, lift < 0), fill: shirt },
    { shape: hand(1, lift < 0), fill: skin },
    { shape: path('M-16 -112 Q0 -118 16 -112 L15 -68 Q0 -64 -15 -68 Z'), fill: [shirt, shirtShade] },
    unmasked(path('M-16 -112 Q0 -118 16 -112 L15 -84 L-15 -84 Z'), shirt, 0.75),
    { shape: rectangle(-4.5, -122, 9, 12, 3), fill: skin },
    { shape: ellipse(0, -131, 12.5, 14.5), fill: hair },
    { shape: ellipse(0, -128.5, 10.5, 12.5), fill: skin },
    { shape: path('M-12 -133 Q-10 -147 2 -146 Q12 -145 12 -132 Q4 -139 -12 -133 Z'), fill: hair },
    unmasked(ellipse(-4, -128, 1.3), '#22211f'),
    unmasked(ellipse(4, -128, 1.3), '#22211f'),
    unmasked(path('M-3.5 -121.5 Q0 -119 3.5 -121.5 Q0 -118 -3.5 -121.5 Z'), '#8c3f39', 0.9),
  ];
};
