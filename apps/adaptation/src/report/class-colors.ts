/** A colour for each class, that its neighbours in the list do not have. */
import { plotColors } from '@plumbline/training';

/** Up to ten classes have the figures' colours; more get hues a golden angle apart, in three brightnesses. */
export function classColors(count: number): string[] {
  // Black is the page's ink, which is light in a dark room.
  if (count <= plotColors.length)
    return plotColors.slice(0, count).map((color) => (color === '#000000' ? 'currentColor' : color));
  return Array.from({ length: count }, (_, i) => {
    const hue = (i * 137.508) % 360;
    return `hsl(${hue.toFixed(0)} ${[72, 55, 85][i % 3] ?? 72}% ${[47, 40, 58][i % 3] ?? 47}%)`;
  });
}
