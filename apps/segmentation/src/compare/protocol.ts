/** How the runs of a comparison were made, in words: what they have in common, and what follows from the images per step. */
import type { ReportFacts } from '@plumbline/training';
import { backboneName, decoderName } from '../network/build-model.ts';
import type { Config } from '../config/config.ts';
import { describeLoss } from '../config/describe-loss.ts';
import { perStep, type Cell } from './cells.ts';
import { seedsOf, type Results } from './results.ts';

/**
 * One value where it is the same for all runs, one for each number of images per step where that decides it, else those of every entry.
 */
function stated(cells: readonly Cell[], describe: (config: Config) => string): string {
  const valuesBy = (key: (cell: Cell) => string): Map<string, Set<string>> => {
    const values = new Map<string, Set<string>>();
    for (const cell of [...cells].sort((a, b) => a.batchSize - b.batchSize)) {
      values.set(key(cell), (values.get(key(cell)) ?? new Set()).add(describe(cell.config)));
    }
    return values;
  };
  const keys: ((cell: Cell) => string)[] = [
    () => '',
    ({ batchSize }) => perStep(batchSize),
    ({ label }) => label,
    ({ label, batchSize }) => `${label}, ${perStep(batchSize)}`,
  ];
  for (const key of keys) {
    const values = [...valuesBy(key)];
    if (values.some(([, { size }]) => size > 1)) continue;
    return values.map(([name, set]) => [...set].join('') + (name === '' ? '' : ` (${name})`)).join(', ');
  }
  return 'differs from run to run';
}

const number = (value: number): string => value.toLocaleString('en-US', { maximumSignificantDigits: 6 });

/** Whether runs that differ only in the images per step have one value of it. */
function isSame(cells: readonly Cell[], value: (config: Config) => number): boolean {
  const labels = new Set(cells.map(({ label }) => label));
  return [...labels].every((name) => {
    const own = cells.filter(({ label }) => label === name);
    return new Set(own.map(({ config }) => value(config))).size === 1;
  });
}

function describeSteps({ fairness: { images }, cells }: Results['comparison']): string {
  const imagesOf = ({ train }: Config): number => train.steps * train.batchSize * train.accumulate;
  if (images !== null && isSame(cells, (config) => Math.round(imagesOf(config) / images)))
    return `equal images: every run sees ${number(images)}, in fewer steps where there are more per step`;
  if (isSame(cells, ({ train }) => train.steps))
    return 'equal steps: a run with more images per step sees more images';
  return 'steps as stated for each number of images per step';
}

/** Equal steps or equal images: the first question about such a table. */
export function describeFairness(comparison: Results['comparison']): string {
  const { fairness, cells } = comparison;
  if (new Set(cells.map(({ batchSize }) => batchSize)).size === 1) return 'one number of images per step';
  const isOneRate = isSame(cells, ({ optimizer }) => optimizer.learningRate);
  const isScaled = isSame(cells, ({ optimizer, train }) =>
    Number((optimizer.learningRate / train.batchSize).toPrecision(6)),
  );
  const rate = isOneRate
    ? 'the learning rate does not depend on the images per step'
    : fairness.scaleRate && isScaled
      ? 'the learning rate is proportional to the images per step'
      : 'the learning rate is as stated for each number of images per step';
  return `${describeSteps(comparison)}; ${rate}`;
}

const described = ({ data, augment }: Config): string =>
  `${augment.cropSize}², scale ${augment.scale.join('–')}, flip ${augment.flip}` +
  (augment.maxClassShare === null ? '' : `, no class over ${100 * augment.maxClassShare} %`) +
  (augment.photometric ? ', photometric distortion' : '') +
  (data.baseSize === null ? '' : `, images of ${data.baseSize} pixels`);

/** `DeepLabv3, ResNet-18` */
export const networkName = ({ comparison: { cells } }: Results): string =>
  stated(cells, ({ model }) => `${decoderName(model)}, ${backboneName(model)}`);

/** Everything that someone needs to get the same numbers. */
export function describeRuns(results: Results): ReportFacts {
  const { cells } = results.comparison;
  const of = (describe: (config: Config) => string): string => stated(cells, describe);
  return {
    Compared: describeFairness(results.comparison),
    Seeds: `${seedsOf(results).join(', ')}${seedsOf(results).length === 1 ? ' (one: no spread is known)' : ''}`,
    Steps: of(({ train }) => number(train.steps)),
    ...(cells.some(({ config }) => config.train.accumulate > 1)
      ? { 'Forward passes per step': of(({ train }) => String(train.accumulate)) }
      : {}),
    'Learning rate': of(
      ({ optimizer }) => `${number(optimizer.learningRate)} (head ×${optimizer.headScale})`,
    ),
    Optimizer: of(
      ({ optimizer }) =>
        `SGD, momentum ${optimizer.momentum}, weight decay ${optimizer.weightDecay}, poly ${optimizer.power}` +
        (optimizer.clipNorm === null ? '' : `, gradient clipped to ${optimizer.clipNorm}`),
    ),
    'Warm-up steps': of(({ optimizer }) => String(optimizer.warmup)),
    Network: of(
      ({ model }) =>
        `${decoderName(model)}, ${backboneName(model)}, output stride ${model.outputStride}, head of ${model.headChannels} channels, ` +
        `pooled branch with ${model.poolingNorm === 'none' ? 'no norm' : 'the recipe’s norm'}`,
    ),
    Weights: of(({ model }) => (model.weights === null ? 'random initial weights' : `from ${model.weights}`)),
    'Training images': of(
      ({ data }) => `${data.trainSplit}${data.trainLimit === null ? '' : `, first ${data.trainLimit}`}`,
    ),
    Crop: of(described),
    Loss: of(({ loss }) => describeLoss(loss)),
    ...(cells.some(({ config }) => config.train.ema !== null)
      ? {
          'Weights scored': of(({ train }) =>
            train.ema === null ? 'the last ones' : `their moving average, decay ${train.ema}`,
          ),
        }
      : { 'Weights scored': 'the last ones, not the best ones' }),
    Evaluation: results.protocols.join(' | ') || 'no run is finished',
  };
}

/** What each row sets, as `--set` takes it. */
export const describeEntries = ({ comparison: { entries } }: Results): ReportFacts =>
  Object.fromEntries(
    entries.map(({ label, set, perBatch }) => [
      label,
      [
        set.join(', ') || 'nothing',
        ...Object.entries(perBatch).map(([size, more]) => `at ${size}: ${more.join(', ')}`),
      ].join('; '),
    ]),
  );

/** `Normalizations with 1, 2 and 4 images per step` */
export function titleOf({ batchSizes }: Results): string {
  const last = batchSizes.at(-1);
  const others = batchSizes.slice(0, -1).join(', ');
  return `Mean IoU with ${others === '' ? '' : `${others} and `}${last} image${batchSizes.length === 1 && last === 1 ? '' : 's'} per step`;
}
