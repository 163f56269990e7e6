/** The folder of a comparison whose runs were not trained but written, with scores that a test chooses. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ladderCells, type Cell } from '../compare/cells.ts';
import { ComparisonFolder } from '../compare/comparison-folder.ts';
import { readLadder } from '../compare/ladder.ts';
import { SAMPLE } from './tiny-voc.ts';

export const PROTOCOL = 'PASCAL VOC 2012, 16 val images; whole image, single scale, no flip';

export interface MadeComparison {
  recipes: readonly string[];
  batch: readonly number[];
  seeds: readonly number[];
  set?: readonly string[];
  images?: number;
  /** Mean IoU; undefined: the run has not begun. A text: it failed for that reason. */
  score: (cell: Cell) => number | string | undefined;
}

export async function madeComparison(path: string, made: MadeComparison): Promise<ComparisonFolder> {
  const ladder = await readLadder(made, false);
  const fairness = { images: made.images ?? null, scaleRate: false };
  const cells = await ladderCells({ set: [`data.root=${SAMPLE}`, ...(made.set ?? [])] }, ladder, fairness);
  const folder = new ComparisonFolder(path);
  await folder.begin({ fairness, entries: ladder.entries, cells });
  for (const cell of cells) {
    const meanIoU = made.score(cell);
    if (typeof meanIoU === 'string') await folder.addFailure(cell.id, { kind: 'diverged', reason: meanIoU });
    if (typeof meanIoU !== 'number') continue;
    const run = folder.run(cell.id);
    await mkdir(run, { recursive: true });
    await writeFile(join(run, 'config.json'), JSON.stringify(cell.config));
    const steps = [9, 0.1, 0.3, 0.2].map((stepSeconds, i) =>
      JSON.stringify({ kind: 'train', step: i + 1, loss: 3 - i / 2, stepSeconds }),
    );
    const evaluation = JSON.stringify({ kind: 'evaluation', step: 4, meanIoU });
    await writeFile(join(run, 'metrics.jsonl'), `${[...steps, evaluation].join('\n')}\n`);
    const summary = {
      meanIoU,
      pixelAccuracy: 0.5 + meanIoU / 2,
      backgroundMeanIoU: 0.039,
      backgroundPixelAccuracy: 0.706,
      seconds: 12,
      protocol: PROTOCOL,
    };
    await writeFile(join(run, 'summary.json'), JSON.stringify(summary));
  }
  return folder;
}
