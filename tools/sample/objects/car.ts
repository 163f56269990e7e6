import {
  ellipse,
  hue,
  path,
  pick,
  rectangle,
  shadow,
  unmasked,
  type DrawObject,
  type Part,
} from '../shapes.ts';

const bodies = [
  {
    shell:
      'M-52 -12 Q-53 -27 -45 -29 L-30 -32 Q-20 -48 -8 -49 L14 -49 Q24 -48 34 -33 L46 -30 Q54 -28 53 -12 Z',
    windows: ['M-24 -32 Q-17 -44 -8 -45 L0 -45 L0 -32 Z', 'M4 -45 L14 -45 Q20 -44 27 -32 L4 -32 Z'],
  },
  {
    shell: 'M-50 -12 L-50 -30 Q-48 -52 -38 -53 L12 -53 Q22 -52 32 -34 L47 -30 Q54 -28 53 -12 Z',
    windows: [
      'M-43 -34 L-40 -48 L-20 -48 L-20 -34 Z',
      'M-16 -48 L2 -48 L2 -34 L-16 -34 Z',
      'M6 -48 L12 -48 Q18 -46 25 -34 L6 -34 Z',
    ],
  },
] as const;

/** About 105 wide and 50 high, facing right. */
export const car: DrawObject = (random) => {
  const [h, s, l] = pick(random, [
    [0, 72, 44],
    [212, 68, 42],
    [46, 84, 52],
    [150, 45, 34],
    [0, 0, 84],
    [24, 80, 50],
    [215, 12, 28],
  ] as const);
  const { shell, windows } = pick(random, bodies);
  const wheels = [-30, 31].flatMap((x): Part[] => [
    { shape: ellipse(x, -11, 12), fill: '#17181b' },
    unmasked(ellipse(x, -11, 6.5), '#b9bec6'),
    unmasked(ellipse(x, -11, 2.2), '#54585f'),
  ]);
  return [
    shadow(54, 6),
    { shape: path(shell), fill: [hue(random, h, s, l + 10, 3), hue(random, h, s, l - 14, 3)] },
    ...windows.map((d) => unmasked(path(d), ['#b8d6ea', '#3c5468'])),
    unmasked(rectangle(-50, -21, 102, 1.6), '#000', 0.28),
    unmasked(rectangle(-8, -27, 7, 1.8, 0.9), '#1d1f22', 0.7),
    unmasked(ellipse(50, -23, 3.2, 3.6), '#fff6cf'),
    unmasked(rectangle(-51.5, -26, 4, 6, 1.5), '#c2182b'),
    ...wheels,
  ];
};
