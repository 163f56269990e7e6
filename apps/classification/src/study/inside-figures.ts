/** What happens inside the networks of a study at both ends of its batches, one line per recipe. */
import { insideComparison } from '../inside/inside-comparison.ts';
import type { InsideRecord } from '../inside/inside-record.ts';
import { picturesOf } from './figure.ts';
import { atBatch, type StudyProtocol } from './protocols.ts';
import { runsAt, type Results } from './results.ts';

export interface PageFigure {
  readonly title: string;
  readonly note: string;
  readonly svg: string;
}

interface Group {
  readonly title: string;
  readonly records: ReadonlyMap<string, readonly InsideRecord[]>;
  /** The runs: two groups of the same ones are one. */
  readonly key: string;
}

function groupAt(
  results: Results,
  protocol: StudyProtocol,
  batch: number,
  recipes: readonly string[],
): Group {
  const runs = recipes.flatMap((recipe) => {
    const run = runsAt(results, { recipe, protocol, batch }).find(({ seed }) => seed === results.seeds[0]);
    return run === undefined || run.inside.length === 0 ? [] : [run];
  });
  return {
    title: atBatch(protocol, batch),
    records: new Map(runs.map(({ recipe, inside }) => [recipe, inside])),
    key: runs.map(({ id }) => id).join(),
  };
}

/** Of the first seed, with the smallest and with the largest batch of each protocol. */
export function insideFigures(results: Results): PageFigure[] {
  const { protocols, batches, recipes, seeds } = results;
  const ends = new Set([Math.min(...batches), Math.max(...batches)]);
  const groups = protocols.flatMap((protocol) =>
    [...ends].flatMap((batch) => picturesOf(recipes).map((part) => groupAt(results, protocol, batch, part))),
  );
  const different = groups.filter(({ key }, i) => groups.findIndex((group) => group.key === key) === i);
  return different.flatMap(({ title, records }) =>
    insideComparison(records).map((picture) => ({
      title: `${picture.title}, ${title}`,
      note: `What happens inside, seed ${seeds[0]}, measured in training mode on always the same training images.`,
      svg: picture.svg,
    })),
  );
}
