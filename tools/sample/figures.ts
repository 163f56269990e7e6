// Six figures as closed polygons, about the size of the unit circle: what the classes of data/sample/domains are.

export type Point = readonly [x: number, y: number];

/** Points on the unit circle from the top on, at these distances from the middle in turn. */
const around = (count: number, ...radii: readonly number[]): Point[] =>
  Array.from({ length: count }, (_, i) => {
    const angle = (2 * Math.PI * i) / count;
    const radius = radii[i % radii.length] as number;
    return [radius * Math.sin(angle), -radius * Math.cos(angle)];
  });

/** By class name, in the order of the labels; y points downwards. */
export const FIGURES: Readonly<Record<string, readonly Point[]>> = {
  arrow: [
    [1, 0],
    [0.2, -0.8],
    [0.2, -0.32],
    [-1, -0.32],
    [-1, 0.32],
    [0.2, 0.32],
    [0.2, 0.8],
  ],
  circle: around(40, 0.92),
  cross: [
    [-0.32, -1],
    [0.32, -1],
    [0.32, -0.32],
    [1, -0.32],
    [1, 0.32],
    [0.32, 0.32],
    [0.32, 1],
    [-0.32, 1],
    [-0.32, 0.32],
    [-1, 0.32],
    [-1, -0.32],
    [-0.32, -0.32],
  ],
  house: [
    [0, -1],
    [0.85, -0.2],
    [0.85, 0.85],
    [-0.85, 0.85],
    [-0.85, -0.2],
  ],
  star: around(10, 1.1, 0.48),
  triangle: around(3, 1.1),
};

/** The distance of a point to the outline. */
export function distanceToOutline(outline: readonly Point[], [x, y]: Point): number {
  let least = Infinity;
  outline.forEach(([x0, y0], i) => {
    const [x1, y1] = outline[(i + 1) % outline.length] as Point;
    const [dx, dy] = [x1 - x0, y1 - y0];
    const along = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)));
    least = Math.min(least, Math.hypot(x - x0 - along * dx, y - y0 - along * dy));
  });
  return least;
}
