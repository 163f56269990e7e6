import { percent, type SegmentationScores } from '@plumbline/training';
import type { EvaluationResult } from './evaluation.ts';

/** One line per class that occurs in truth or prediction: IoU and accuracy. */
export function scoreTable(
  classes: readonly string[],
  { perClassIoU, perClassAccuracy }: SegmentationScores,
): string {
  const width = Math.max(...classes.map((name) => name.length));
  const row = (name: string, iou: string, accuracy: string): string =>
    `${name.padEnd(width)}  ${iou.padStart(8)}  ${accuracy.padStart(8)}`;
  const rows = classes.flatMap((name, index) => {
    const iou = perClassIoU[index] ?? null;
    return iou === null ? [] : [row(name, percent(iou), percent(perClassAccuracy[index] ?? null))];
  });
  return [row('class', 'IoU', 'accuracy'), ...rows].join('\n');
}

/** The two scores that matter, beside those of answering "background" everywhere. */
export const scoreLine = ({ scores, background }: Pick<EvaluationResult, 'scores' | 'background'>): string =>
  `mIoU ${percent(scores.meanIoU)}, pixel accuracy ${percent(scores.pixelAccuracy)} ` +
  `(background everywhere: ${percent(background.meanIoU)}, ${percent(background.pixelAccuracy)})`;
