/** What a person types after a segmentation run ended early. */
import type { Config } from '../config/config.ts';

export const resumeCommand = (folder: string): string => `npm run segmentation -- train --resume "${folder}"`;

/** Options that help where the loss is no longer a number. */
export function remedies({ optimizer: { learningRate, warmup, clipNorm } }: Config): string[] {
  return [
    `--set optimizer.learningRate=${Number((learningRate / 3).toPrecision(2))}`,
    `--set optimizer.warmup=${Math.max(100, 2 * warmup)}`,
    `--set optimizer.clipNorm=${clipNorm === null ? 1 : clipNorm / 2}`,
  ];
}
