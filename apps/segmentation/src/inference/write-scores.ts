/** The files that an evaluation leaves behind beside its predictions. */
import type { SegmentationDataset } from '@plumbline/data';
import { confusionSvg, writeFileAtomic } from '@plumbline/training';
import { describeProtocol, type EvaluationResult } from './evaluation.ts';
import { reportClasses } from '../training/report-content.ts';

/** Writes the confusion matrix as a picture, its protocol below it. */
export const writeConfusion = (
  path: string,
  dataset: SegmentationDataset,
  { confusion, protocol }: Pick<EvaluationResult, 'confusion' | 'protocol'>,
): Promise<void> =>
  writeFileAtomic(
    path,
    confusionSvg(reportClasses(dataset), confusion.toJSON(), `${describeProtocol(protocol)}.`),
  );

/** Writes every score, the confusion matrix's counts, and what they were measured on. */
export const writeScores = (
  path: string,
  { classes }: SegmentationDataset,
  { scores, background, confusion, protocol }: EvaluationResult,
  network: Readonly<Record<string, string | number>>,
): Promise<void> =>
  writeFileAtomic(
    path,
    `${JSON.stringify(
      {
        network,
        protocol: { ...protocol, inWords: describeProtocol(protocol) },
        classes,
        scores,
        background,
        confusion,
      },
      null,
      2,
    )}\n`,
  );
