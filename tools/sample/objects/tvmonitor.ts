import type { Random } from '@plumbline/data';
import { ellipse, hue, path, pick, rectangle, unmasked, type DrawObject, type Part } from '../shapes.ts';

/** About 104 wide and 82 high, on a foot. */
export const tvmonitor: DrawObject = (random) => {
  const frame = pick(random, ['#15171a', '#24272b', '#3b3f45', '#0e0f11'] as const);
  return [
    unmasked(ellipse(3, 0, 34, 5), '#0b1020', 0.35),
    { shape: path('M-8 -20 L8 -20 L12 -4 L-12 -4 Z'), fill: frame },
    { shape: rectangle(-26, -6, 52, 6, 3), fill: [frame, '#050506'] },
    { shape: rectangle(-52, -82, 104, 66, 4), fill: frame },
    unmasked(rectangle(-47, -77, 94, 55, 1.5), ['#16314d', '#05080c']),
    ...programme(random),
    unmasked(path('M-47 -77 L-10 -77 L-40 -22 L-47 -22 Z'), '#fff', 0.1),
    unmasked(ellipse(44, -19, 1.4), '#4ade80'),
  ];
};

/** What is on: a sunset, text, or nothing. */
function programme(random: Random): Part[] {
  const kind = random.integer(0, 2);
  if (kind === 0) return [];
  if (kind === 1) {
    const lines = Array.from({ length: 6 }, (_, i) =>
      unmasked(rectangle(-41, -71 + 8 * i, random.uniform(30, 80), 3, 1), hue(random, 190, 50, 75, 20), 0.85),
    );
    return [unmasked(rectangle(-47, -77, 94, 55, 1.5), ['#173b57', '#0d2233']), ...lines];
  }
  return [
    unmasked(rectangle(-47, -77, 94, 55, 1.5), [hue(random, 210, 70, 55, 14), hue(random, 28, 85, 66, 14)]),
    unmasked(ellipse(random.uniform(-25, 25), -44, 8), '#fff3c4'),
    unmasked(
      path('M-47 -36 L-20 -50 L4 -36 L24 -46 L47 -34 L47 -22 L-47 -22 Z'),
      hue(random, 250, 30, 28),
      0.95,
    ),
  ];
}
