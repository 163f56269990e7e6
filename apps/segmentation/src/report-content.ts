/** What a segmentation run's report says, from its results. */
import type { SegmentationDataset } from '@plumbline/data';
import {
  formatDuration,
  percent,
  trainingCurves,
  type MetricsRecord,
  type ReportContent,
  type ReportFacts,
} from '@plumbline/training';
import type { Config } from './config.ts';
import { describeConfig } from './describe-config.ts';
import type { RunEnvironment } from './environment.ts';
import { describeProtocol, type EvaluationResult } from './evaluation.ts';

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

function describeTraining({ config, step, seconds, result }: ReportInput): ReportFacts {
  const { data, augment, model, optimizer, train } = config;
  return {
    'Training images': `${result.protocol.dataset} ${data.trainSplit}${data.trainLimit === null ? '' : `, first ${data.trainLimit}`}`,
    Network: `DeepLabv3, ResNet-${model.depth}, output stride ${model.outputStride}, random initial weights`,
    Normalization: model.recipe,
    'Images per step': `${train.batchSize}${train.accumulate > 1 ? ` × ${train.accumulate} accumulated` : ''}`,
    Steps: step,
    Crop: `${augment.cropSize}², scale ${augment.scale.join('–')}, flip ${augment.flip}${data.baseSize === null ? '' : `, images of ${data.baseSize} pixels`}`,
    Optimizer: `SGD, learning rate ${optimizer.learningRate} (head ×${optimizer.headScale}), momentum ${optimizer.momentum}, weight decay ${optimizer.weightDecay}, poly ${optimizer.power}`,
    Seed: config.seed,
    Time: formatDuration(seconds),
    Evaluation: describeProtocol(result.protocol),
  };
}

function describeMachine({ backend, cpu, threads, ...environment }: RunEnvironment): ReportFacts {
  return {
    Backend: `${backend.name}${backend.libtensorflow === null ? '' : `, libtensorflow ${backend.libtensorflow}`}`,
    Device: backend.device.name,
    'Threads per operation': threads.intraOp,
    'Processor features': cpu.features.join(' ') || 'none reported',
    Node: environment.node,
    Platform: environment.platform,
    Code: environment.gitCommit ?? 'not a git checkout',
    Started: environment.startedAt,
  };
}

/** One sentence: the score, beside that of answering "background" everywhere. */
function verdict({ scores, background, protocol }: EvaluationResult): string {
  const gain = (scores.meanIoU ?? 0) - (background.meanIoU ?? 0);
  return (
    `${percent(scores.meanIoU)} mean IoU and ${percent(scores.pixelAccuracy)} pixel accuracy on ${protocol.images} ` +
    `${protocol.split} images: ${(100 * Math.abs(gain)).toFixed(1)} points of mean IoU ` +
    `${gain >= 0 ? 'above' : 'below'} predicting background everywhere.`
  );
}

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
    title: `DeepLabv3 ResNet-${config.model.depth} with ${config.model.recipe} on ${dataset.name}`,
    verdict: verdict(result),
    scores: [
      score('mean IoU', scores.meanIoU),
      score('pixel accuracy', scores.pixelAccuracy),
      score('mean IoU of background everywhere', background.meanIoU),
      score('pixel accuracy of background everywhere', background.pixelAccuracy),
    ],
    protocol: describeTraining(input),
    curves: trainingCurves(metrics, { label: 'background everywhere', meanIoU: background.meanIoU ?? 0 }),
    classes: dataset.classes.map((name, index) => ({
      name,
      color: `rgb(${[...dataset.palette.subarray(3 * index, 3 * index + 3)].join(' ')})`,
    })),
    confusion: confusion.toJSON(),
    pictures: result.pictures.map(({ id, encoded }) => ({
      id,
      images: [
        {
          label: 'input, truth, prediction',
          source: `data:image/jpeg;base64,${Buffer.from(encoded).toString('base64')}`,
        },
      ],
    })),
    environment: describeMachine(input.environment),
    configuration: describeConfig(config),
  };
}
