import { describe, expect, it } from 'vitest';
import { boundaryScore, BoundaryScores } from './boundary-score.ts';

/** Labels from a drawing: digits are classes, `v` is void. */
function labels(...rows: string[]): { width: number; height: number; data: number[] } {
  const data = [...rows.join('')].map((symbol) => (symbol === 'v' ? 255 : Number(symbol)));
  return { width: rows[0]?.length ?? 0, height: rows.length, data };
}

/** A square of class 1 with its upper left corner at (x, y) on a background of 0. */
function square(width: number, height: number, x: number, y: number, side: number): number[] {
  return Array.from({ length: width * height }, (_, i) => {
    const [column, row] = [(i % width) - x, Math.floor(i / width) - y];
    return Number(column >= 0 && column < side && row >= 0 && row < side);
  });
}

/** The definition in so many words, over all pairs of boundary pixels. */
function reference(
  truth: readonly number[],
  prediction: readonly number[],
  width: number,
  label: number,
  reach: number,
): number | null {
  const boundary = (mask: readonly number[]): [number, number][] => {
    const at = (x: number, y: number): boolean | null => {
      if (x < 0 || y < 0 || x >= width || y >= mask.length / width) return null;
      return mask[y * width + x] === label && truth[y * width + x] !== 255;
    };
    return mask.flatMap((_, i) => {
      const [x, y] = [i % width, Math.floor(i / width)];
      const around = [at(x - 1, y), at(x + 1, y), at(x, y - 1), at(x, y + 1)];
      return at(x, y) === true && around.includes(false) ? [[x, y] as [number, number]] : [];
    });
  };
  const [a, b] = [boundary(truth), boundary(prediction)];
  if (a.length + b.length === 0) return null;
  const near = (from: [number, number][], to: [number, number][]): number =>
    from.filter(([x, y]) => to.some(([u, v]) => Math.hypot(x - u, y - v) <= reach)).length / from.length;
  if (a.length === 0 || b.length === 0) return 0;
  const [precision, recall] = [near(b, a), near(a, b)];
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}

describe('boundaryScore', () => {
  const size = { width: 30, height: 40, classes: 3 };
  // The diagonal is 50: a tolerance of 0.02 is one pixel.
  const truth = square(30, 40, 10, 10, 8);

  it('is 1 for the truth itself, and undefined for a class that is nowhere', () => {
    expect(boundaryScore(truth, truth, size)).toEqual([1, 1, null]);
  });

  it('lets a boundary move by the tolerance and no further, all or the part that does', () => {
    const moved = square(30, 40, 11, 10, 8);
    expect(boundaryScore(truth, moved, { ...size, tolerance: 0.02 })).toEqual([1, 1, null]);
    const further = square(30, 40, 12, 10, 8);
    const score = boundaryScore(truth, further, { ...size, tolerance: 0.02 })[1];
    // Upper and lower edge share 6 of 8 columns, and the column beside them is one pixel away; so are two pixels of
    // the right edge from the other's upper and lower one: 16 of 28 match.
    expect(score).toBeCloseTo(16 / 28, 12);
    expect(score).toBe(reference(truth, further, 30, 1, 1));
    expect(boundaryScore(truth, square(30, 40, 20, 25, 8), { ...size, tolerance: 0.02 })[1]).toBe(0);
  });

  it('agrees with the definition on three classes with void', () => {
    const drawn = labels('0000011111', '000v011111', '00vv021111', '0000222111', '0002222211', '0000222000');
    const guessed = labels(
      '0000111111',
      '0001111111',
      '0021222111',
      '0000222211',
      '0000222211',
      '0000222200',
    );
    for (const tolerance of [0.05, 0.09, 0.13, 0.2]) {
      const scores = boundaryScore(drawn.data, guessed.data, { ...drawn, classes: 4, tolerance });
      const reach = tolerance * Math.hypot(drawn.width, drawn.height);
      const expected = [0, 1, 2, 3].map((label) =>
        reference(drawn.data, guessed.data, drawn.width, label, reach),
      );
      expect(expected[3]).toBe(null);
      scores.forEach((score, label) => {
        if (score === null) expect(expected[label]).toBe(null);
        else expect(score).toBeCloseTo(expected[label] ?? NaN, 12);
      });
    }
  });

  it('does not look at what is predicted on void pixels', () => {
    const drawn = labels('000vv111', '000vv111', '00vvv111', '000vv111');
    const one = labels('00000111', '00000111', '00001111', '00000111');
    const other = labels('00011111', '00022111', '00222111', '00010111');
    const options = { ...drawn, classes: 3 };
    expect(boundaryScore(drawn.data, one.data, options)).toEqual([1, 1, null]);
    expect(boundaryScore(drawn.data, other.data, options)).toEqual([1, 1, null]);
  });

  it('is 0 for a class whose boundary only the truth or only the prediction has, and undefined without a border', () => {
    const nothing = Array<number>(30 * 40).fill(0);
    expect(boundaryScore(truth, nothing, size)).toEqual([0, 0, null]);
    expect(boundaryScore(nothing, truth, size)).toEqual([0, 0, null]);
    expect(boundaryScore(nothing, nothing, size)).toEqual([null, null, null]);
  });

  it('refuses another size, and a tolerance that is none', () => {
    expect(() => boundaryScore([0, 0], [0], { width: 2, height: 1, classes: 2 })).toThrow(
      /2×1 image needs 2 pixels of truth and prediction, got 2 and 1: resize/,
    );
    expect(() => boundaryScore([0], [0], { width: 1, height: 1, classes: 2, tolerance: 0 })).toThrow(
      /positive share of the image's diagonal, such as 0.0075, and got 0/,
    );
  });
});

describe('BoundaryScores', () => {
  it('averages over the classes of an image, then over images; a class over the images where it is defined', () => {
    const size = { width: 30, height: 40 };
    const truth = square(30, 40, 10, 10, 8);
    const nothing = Array<number>(30 * 40).fill(0);
    const three = truth.map((label, i) => (i === 0 ? 2 : label));
    const scores = new BoundaryScores(3);
    scores.add(truth, truth, size); // 1, 1, –
    scores.add(truth, nothing, size); // 0, 0, –
    scores.add(nothing, nothing, size); // no boundary: no image
    scores.add(three, three, size); // 1, 1, 1
    expect(scores.summary()).toEqual({
      boundaryF: (1 + 0 + 1) / 3,
      perClassBoundaryF: [2 / 3, 2 / 3, 1],
      boundaryTolerance: 0.0075,
      boundaryImages: 3,
    });
  });

  it('is undefined before any image', () => {
    expect(new BoundaryScores(1).summary()).toMatchObject({ boundaryF: null, perClassBoundaryF: [null] });
  });
});
