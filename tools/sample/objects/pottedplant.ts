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

/** About 80 wide and 100 high. */
export const pottedplant: DrawObject = (random) => {
  const [h, s, l] = pick(random, [
    [16, 58, 46],
    [16, 58, 46],
    [210, 30, 62],
    [40, 20, 86],
    [345, 35, 56],
  ] as const);
  const pot = hue(random, h, s, l, 5);
  const broad = random.uniform(0, 1) < 0.5;
  const count = broad ? 11 : 19;
  const leaves = Array.from({ length: count }, (_, i): Part => {
    const angle = -Math.PI * (0.06 + (0.88 * (i + random.uniform(0.1, 0.9))) / count);
    const length = random.uniform(38, 62);
    return {
      shape: leaf(angle, length, broad ? 15 : 7),
      fill: [hue(random, 112, 50, 42, 10), hue(random, 128, 46, 24, 8)],
    };
  });
  // Outer leaves first, upright ones in front of them.
  const order = [...leaves.keys()].sort((a, b) => Math.abs(b - count / 2) - Math.abs(a - count / 2));
  const flowers = random.uniform(0, 1) < 0.45 ? random.integer(3, 6) : 0;
  const petals = pick(random, ['#e8476a', '#f4b223', '#b565d8', '#f5f0ff'] as const);
  const blossoms = Array.from({ length: flowers }, (): Part[] => {
    const x = random.uniform(-20, 20);
    const y = random.uniform(-84, -58);
    return [{ shape: ellipse(x, y, 6), fill: petals }, unmasked(ellipse(x, y, 2.2), '#fbe38e')];
  });
  return [
    shadow(22, 4.5),
    ...order.map((i) => leaves[i] as Part),
    ...blossoms.flat(),
    { shape: path('M-20 -32 L20 -32 L15 0 L-15 0 Z'), fill: [pot, hue(random, h, s, l - 20, 4)] },
    { shape: rectangle(-23, -39, 46, 10, 2.5), fill: pot },
    unmasked(path('M-17 -28 L-11 -28 L-9 -3 L-12 -3 Z'), '#fff', 0.25),
  ];
};

/** A pointed leaf from the pot's rim outwards. */
function leaf(angle: number, length: number, width: number): string {
  const [ux, uy] = [Math.cos(angle), Math.sin(angle)];
  const at = (along: number, aside: number): string =>
    `${(along * ux - aside * uy).toFixed(1)} ${(-34 + along * uy + aside * ux).toFixed(1)}`;
  const droop = 6 * Math.cos(angle);
  return path(
    `M${at(0, -2)} Q${at(length * 0.5, -width)} ${at(length, droop)} Q${at(length * 0.5, width)} ${at(0, 2)} Z`,
  );
}
