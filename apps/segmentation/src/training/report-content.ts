/** What a segmentation run's report says, from its results. */
import type { SegmentationDataset } from '@plumbline/data';
import {
  environmentFacts,
  formatDuration,
  percent,
  trainingCurves,
  type MetricsRecord,
  type ReportContent,
  type ReportFacts,
  type RunEnvironment,
} from '@plumbline/training';
import { backboneName, decoderName } from '../network/build-model.ts';
import type { Config } from '../config/config.ts';
import { describeConfig } from '../config/describe-config.ts';
import { describeLoss } from '../config/describe-loss.ts';
import { describeProtocol, type EvaluationResult, type EvaluationScores } from '../inference/evaluation.ts';

export interface ReportInput {
  config: Config;
  result: EvaluationResult;
  dataset: SegmentationDataset;
  metrics: readonly MetricsRecord[];
  environment: RunEnvironment;
  step: number;
  /** Seconds of training, evaluations included. */
  seconds: number;
}

const describeColoursAndCap = ({ maxClassShare, photometric }: Config['augment']): string =>
  (maxClassShare === null ? '' : `, no class over ${100 * maxClassShare} %`) +
  (photometric ? ', photometric distortion' : '');

function describeTraining({ config, step, seconds, result }: ReportInput): ReportFacts {
  const { data, augment, model, optimizer, train } = config;
  return {
    'Training images': `${result.protocol.dataset} ${data.trainSplit}${data.trainLimit === null ? '' : `, first ${data.trainLimit}`}`,
    Network: `${decoderName(model)}, ${backboneName(model)}, output stride ${model.outputStride}, ${model.weights === null ? 'random initial weights' : `weights from ${model.weights}`}`,
    Normalization: model.recipe,
    'Images per step': `${train.batchSize}${train.accumulate > 1 ? ` × ${train.accumulate} accumulated` : ''}`,
    Steps: step,
    Crop: `${augment.cropSize}², scale ${augment.scale.join('–')}, flip ${augment.flip}${describeColoursAndCap(augment)}${data.baseSize === null ? '' : `, images of ${data.baseSize} pixels`}`,
    Optimizer: `SGD, learning rate ${optimizer.learningRate} (head ×${optimizer.headScale}), momentum ${optimizer.momentum}, weight decay ${optimizer.weightDecay}, poly ${optimizer.power}`,
    Loss: describeLoss(config.loss),
    ...(train.ema === null ? {} : { 'Weights scored': `their moving average, decay ${train.ema}` }),
    Seed: config.seed,
    Time: formatDuration(seconds),
    Evaluation: describeProtocol(result.protocol),
  };
}

/** Names and colours, as pictures and tables show them. */
export const reportClasses = ({ classes, palette }: SegmentationDataset): ReportContent['classes'] =>
  classes.map((name, index) => ({
    name,
    color: `rgb(${[...palette.subarray(3 * index, 3 * index + 3)].join(' ')})`,
  }));

/** One sentence: the score, beside that of answering "background" everywhere. */
function verdict({ scores, background, protocol }: EvaluationResult): string {
  const gain = (scores.meanIoU ?? 0) - (background.meanIoU ?? 0);
  return (
    `${percent(scores.meanIoU)} mean IoU and ${percent(scores.pixelAccuracy)} pixel accuracy on ${protocol.images} ` +
    `${protocol.split} images: ${(100 * Math.abs(gain)).toFixed(1)} points of mean IoU ` +
    `${gain >= 0 ? 'above' : 'below'} predicting background everywhere.`
  );
}

const boundaryScore = (
  { boundaryF = null, boundaryTolerance }: EvaluationScores,
  protocol: string,
): ReportContent['scores'][number] => ({
  label: 'boundary F-score',
  value: percent(boundaryF),
  protocol: `within ${percent(boundaryTolerance ?? null, 2)} of the diagonal, mean over images; ${protocol}`,
});

export function reportContent(input: ReportInput): ReportContent {
  const { config, result, dataset, metrics } = input;
  const { scores, background, confusion } = result;
  const protocol = describeProtocol(result.protocol);
  const score = (label: string, value: number | null): ReportContent['scores'][number] => ({
    label,
    value: percent(value),
    protocol,
  });
  return {
    title: `${decoderName(config.model)} ${backboneName(config.model)} with ${config.model.recipe} on ${dataset.name}`,
    verdict: verdict(result),
    scores: [
      score('mean IoU', scores.meanIoU),
      score('pixel accuracy', scores.pixelAccuracy),
      ...(scores.boundaryF === undefined ? [] : [boundaryScore(scores, protocol)]),
      score('mean IoU of background everywhere', background.meanIoU),
      score('pixel accuracy of background everywhere', background.pixelAccuracy),
    ],
    protocol: describeTraining(input),
    curves: trainingCurves(metrics, { label: 'background everywhere', meanIoU: background.meanIoU ?? 0 }),
    classes: reportClasses(dataset),
    confusion: confusion.toJSON(),
    ...(scores.perClassBoundaryF === undefined ? {} : { boundaryF: scores.perClassBoundaryF }),
    pictures: result.pictures.map(({ id, encoded }) => ({
      id,
      images: [
        {
          label: 'input, truth, prediction',
          source: `data:image/jpeg;base64,${Buffer.from(encoded).toString('base64')}`,
        },
      ],
    })),
    environment: environmentFacts(input.environment),
    configuration: describeConfig(config),
  };
}
