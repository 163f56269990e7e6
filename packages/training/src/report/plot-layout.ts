// Where things stand in a plot: ticks of an axis, labels that must not touch, lines of a caption.

/** The smallest of 1, 2, 5 × 10^k with which about six ticks cover `range`. */
function niceStep(range: number): number {
  const rough = range / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? 10 * power;
}

/**
 * Round numbers, evenly spaced, from below the least value to above the largest. The reference is among them only where it lies
 * near the values: far away it would press them together.
 */
export function ticksOf(values: readonly number[], reference?: number): number[] {
  const [least, largest] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
  const isNear =
    reference !== undefined && Math.max(least - reference, reference - largest) < 1.5 * (largest - least);
  const low = isNear ? Math.min(least, reference) : least;
  const high = isNear ? Math.max(largest, reference) : largest;
  // Equal values have no range of their own.
  const isFlat = high - low <= 1e-6 * Math.abs(high);
  const step = niceStep(isFlat ? Math.abs(high) / 20 || 1 : high - low);
  const first = Math.floor(low / step);
  // Scores are not negative.
  const from = low >= 0 ? Math.max(0, first) : first;
  const count = Math.max(1, Math.ceil(high / step + (isFlat ? 1e-9 : -1e-9)) - from);
  return Array.from({ length: count + 1 }, (_, i) => Number(((from + i) * step).toPrecision(12)));
}

/** Digits after the point with which no two ticks read alike. */
export function digitsOf(ticks: readonly number[]): number {
  const digits = [0, 1, 2, 3, 4, 5].find((count) =>
    ticks.every((tick) => Number(tick.toFixed(count)) === tick),
  );
  return digits ?? 6;
}

/**
 * Places for labels as near as can be to `wanted`, in the same order, at least `distance` apart, within [top, bottom] as far as they fit.
 */
export function labelPositions(
  wanted: readonly number[],
  distance: number,
  top: number,
  bottom: number,
): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  // Labels that touch form a block around the mean of what its members want.
  let blocks: { members: number[]; start: number }[] = [];
  for (const index of order) {
    blocks.push({ members: [index], start: wanted[index] ?? 0 });
    for (let last = blocks.length - 1; last > 0; last--) {
      const [above, below] = [blocks[last - 1], blocks[last]];
      if (above === undefined || below === undefined) break;
      if (above.start + above.members.length * distance <= below.start) break;
      const members = [...above.members, ...below.members];
      const middle = members.reduce((sum, i) => sum + (wanted[i] ?? 0), 0) / members.length;
      blocks = [
        ...blocks.slice(0, last - 1),
        { members, start: middle - ((members.length - 1) / 2) * distance },
      ];
    }
  }
  const places = Array.from({ length: wanted.length }, () => 0);
  let floor = top;
  for (const { members, start } of blocks) {
    members.forEach((index, i) => {
      const place = Math.max(floor, start + i * distance);
      places[index] = place;
      floor = place + distance;
    });
  }
  // What hangs over the bottom pushes the others up.
  let ceiling = bottom;
  for (const index of [...order].reverse()) {
    places[index] = Math.min(places[index] ?? 0, ceiling);
    ceiling = (places[index] ?? 0) - distance;
  }
  return places;
}

/** Lines of at most so many characters. */
export function lines(text: string, most: number): string[] {
  const broken = [''];
  for (const word of text.split(' ')) {
    const line = broken.at(-1) ?? '';
    if (line === '') broken[broken.length - 1] = word;
    else if (line.length + 1 + word.length <= most) broken[broken.length - 1] = `${line} ${word}`;
    else broken.push(word);
  }
  return broken;
}
