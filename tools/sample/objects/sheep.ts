import { ellipse, hue, pick, rectangle, shadow, unmasked, type DrawObject, type Part } from '../shapes.ts';

/** About 100 wide and 72 high, facing right. */
export const sheep: DrawObject = (random) => {
  const [h, s, l] = pick(random, [
    [42, 30, 88],
    [40, 22, 80],
    [30, 18, 70],
    [28, 24, 46],
  ] as const);
  const wool = hue(random, h, s, l, 4);
  const shade = hue(random, h, s, l - 18, 3);
  const face = pick(random, ['#2b2522', '#3a302a', '#4a3b31', '#1f1c1b'] as const);
  const graze = random.uniform(0, 1) < 0.35 ? 22 : 0;
  const legs = [-27, -14, 12, 25].map((x): Part => ({ shape: rectangle(x, -26, 7, 26, 2), fill: face }));
  const curls = Array.from({ length: 13 }, (_, i): Part => {
    const angle = (2 * Math.PI * i) / 13;
    const radius = 11 + random.uniform(-1.5, 2);
    return {
      shape: ellipse(33 * Math.cos(angle), -40 + 17 * Math.sin(angle), radius),
      fill: angle < Math.PI ? shade : wool,
    };
  });
  const tufts = Array.from({ length: 12 }, () =>
    unmasked(ellipse(random.uniform(-30, 28), random.uniform(-54, -30), random.uniform(4, 8)), '#fff', 0.16),
  );
  return [
    shadow(42),
    ...legs,
    ...curls,
    { shape: ellipse(0, -40, 35, 20), fill: [wool, shade] },
    ...tufts,
    { shape: ellipse(38, -60 + graze, 5, 9), fill: face },
    { shape: ellipse(45, -53 + graze, 11, 14), fill: face },
    { shape: ellipse(34, -57 + graze, 8, 4), fill: face },
    { shape: ellipse(40, -64 + graze, 9, 6), fill: wool },
    unmasked(ellipse(48, -56 + graze, 1.8), '#f4efe6'),
    unmasked(ellipse(49, -43 + graze, 5, 2.5), '#8a7568', 0.6),
  ];
};
