// How noisy the statistics of batches are before training, for each recipe of a study: noise.json of its folder.
import { tf } from '@plumbline/runtime';
import { writeFileAtomic, type Progress } from '@plumbline/training';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Config } from '../config/config.ts';
import { openData, type ClassificationData } from '../data/open-data.ts';
import type { LabelledBatch } from '../inside/gradient-probe.ts';
import { gradientStatistics, type GradientStatistics } from '../inside/gradient-statistics.ts';
import { jsonNumber } from '../inside/json-number.ts';
import { noisePicture } from '../inside/noise-picture.ts';
import { buildNetwork } from '../network/build-network.ts';
import { TrainingBatches } from '../training/training-batches.ts';
import type { Cell } from './cells.ts';
import { picturesOf } from './figure.ts';
import type { PageFigure } from './inside-figures.ts';
import type { StabilityStudy, StudyPlan } from './stability-study.ts';

/** Images of a batch. */
const SIZES = [1, 2, 8, 32];
/** Batches of each size. */
const BATCHES = 8;

const statistic = z.object({ noise: jsonNumber, deviation: jsonNumber, size: jsonNumber });
const noiseSchema = z.object({
  /** What was measured, apart from the recipe. */
  of: z.unknown(),
  recipes: z.record(
    z.string(),
    z.array(
      z.object({
        batchSize: z.number(),
        batches: z.number(),
        layers: z
          .array(
            z.object({
              ...{ layer: z.string(), mean: statistic, variance: statistic },
              ...{ gradient: statistic, gradientProduct: statistic },
            }),
          )
          .readonly(),
      }),
    ),
  ),
});

type Noise = z.output<typeof noiseSchema>;

const FILE = 'noise.json';

/** Null where it was not measured. */
async function readNoise(study: StabilityStudy): Promise<Noise | null> {
  const text = await readFile(study.file(FILE), 'utf8').catch(() => null);
  return text === null ? null : noiseSchema.parse(JSON.parse(text));
}

/** The batches of a run with so many images each; the caller disposes them. */
async function batchesOf(config: Config, data: ClassificationData, size: number): Promise<LabelledBatch[]> {
  const training = new TrainingBatches(
    { ...config, train: { ...config.train, batchSize: size }, loss: { ...config.loss, mixup: null } },
    data,
  );
  const batches: LabelledBatch[] = [];
  const stream = training.batches(0);
  while (batches.length < BATCHES) {
    const { value } = await stream.next();
    if (value === undefined) break;
    const { images, labels } = training.tensors(value);
    batches.push({ images, labels });
  }
  await stream.return();
  await training.close();
  return batches;
}

/** At every size that the network takes, what it says against the others; empty where it cannot be made. */
async function measure(
  config: Config,
  data: ClassificationData,
  say: (text: string) => void,
): Promise<GradientStatistics[]> {
  const found: GradientStatistics[] = [];
  let network;
  try {
    network = buildNetwork(config, {
      classes: data.classes.length,
      channels: data.channels,
      onWarning: () => undefined,
    });
  } catch {
    // Its runs say what is wrong.
    return [];
  }
  for (const size of SIZES.filter((count) => count <= data.training.ids.length)) {
    const batches = await batchesOf(config, data, size);
    try {
      found.push(await gradientStatistics(network, batches));
    } catch (error) {
      // Some normalizations refuse a single image that has one value a channel.
      if (!(error instanceof Error)) throw error;
      say(`No noise of ${config.model.recipe} at ${size} images: ${error.message}`);
    } finally {
      tf.dispose(batches.map(({ images, labels }) => [images, labels]));
    }
  }
  network.dispose();
  return found;
}

/** What the numbers depend on but for the recipe. */
function subjectOf({ seed, dataset, data, images, model }: Config): unknown {
  return { seed, dataset, data, images, model: { ...model, recipe: undefined } };
}

/** What is measured: each recipe as the first of its runs has it. */
interface NoisePlan {
  readonly recipes: readonly string[];
  readonly cells: readonly Pick<Cell, 'recipe' | 'config'>[];
}

/** Measures the recipes that have no numbers yet, until the signal is raised; none where runs do not look inside either. */
export async function measureNoise(
  study: StabilityStudy,
  { recipes, cells }: NoisePlan,
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<void> {
  const [first] = cells;
  if (first === undefined || first.config.evaluate.inside === 'none') return;
  const of = subjectOf(first.config);
  const before = await readNoise(study);
  const isSame = before !== null && JSON.stringify(before.of) === JSON.stringify(of);
  const known: Noise['recipes'] = isSame ? before.recipes : {};
  const missing = recipes.filter((recipe) => known[recipe] === undefined);
  if (missing.length === 0) return;
  const data = await openData(first.config);
  for (const [index, recipe] of missing.entries()) {
    if (signal.aborted) break;
    const config = cells.find((cell) => cell.recipe === recipe)?.config ?? first.config;
    known[recipe] = await measure(config, data, (text) => progress.message(text));
    await writeFileAtomic(study.file(FILE), `${JSON.stringify({ of, recipes: known })}\n`);
    progress.count(index + 1, missing.length, 'recipes measured for the noise of their batch statistics');
  }
  progress.end();
}

/** One line per recipe; none where it was not measured. */
export async function noiseFigures(
  study: StabilityStudy,
  { recipes }: Pick<StudyPlan, 'recipes'>,
): Promise<PageFigure[]> {
  const noise = await readNoise(study);
  if (noise === null) return [];
  const { recipes: known } = noise;
  return picturesOf(recipes.filter((recipe) => known[recipe] !== undefined)).flatMap((part) => {
    const picture = noisePicture(new Map(part.map((recipe) => [recipe, known[recipe] ?? []])));
    return picture === null
      ? []
      : [
          {
            title: picture.title,
            note: 'Before training, of training images as runs see them.',
            svg: picture.svg,
          },
        ];
  });
}
