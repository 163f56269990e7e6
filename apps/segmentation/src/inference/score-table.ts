import { percent } from '@plumbline/training';
import type { EvaluationResult, EvaluationScores } from './evaluation.ts';

/**
 * One line per class: IoU, accuracy, boundary F-score where it was measured, and support, the number of true pixels.
 * What is not defined for want of pixels is a dash.
 */
export function scoreTable(classes: readonly string[], scores: EvaluationScores): string {
  const { perClassIoU, perClassAccuracy, perClassBoundaryF, perClassPixels } = scores;
  const width = Math.max(...classes.map((name) => name.length));
  const row = (name: string, iou: string, accuracy: string, boundary: string, pixels: string): string =>
    `${name.padEnd(width)}  ${iou.padStart(8)}  ${accuracy.padStart(8)}` +
    `${perClassBoundaryF === undefined ? '' : `  ${boundary.padStart(10)}`}  ${pixels.padStart(11)}`;
  const rows = classes.map((name, index) =>
    row(
      name,
      percent(perClassIoU[index] ?? null),
      percent(perClassAccuracy[index] ?? null),
      percent(perClassBoundaryF?.[index] ?? null),
      String(perClassPixels[index] ?? 0),
    ),
  );
  return [row('class', 'IoU', 'accuracy', 'boundary F', 'true pixels'), ...rows].join('\n');
}

/** The scores that matter, beside those of answering "background" everywhere. */
export const scoreLine = ({ scores, background }: Pick<EvaluationResult, 'scores' | 'background'>): string =>
  `mIoU ${percent(scores.meanIoU)}, pixel accuracy ${percent(scores.pixelAccuracy)} ` +
  `(background everywhere: ${percent(background.meanIoU)}, ${percent(background.pixelAccuracy)})` +
  (scores.boundaryF === undefined
    ? ''
    : `, boundary F ${percent(scores.boundaryF)} within ${percent(scores.boundaryTolerance ?? null, 2)} of the diagonal`);
