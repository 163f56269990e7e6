// A captured step computes what the eager one does, under every method of adaptation.

import { trainingStep, type AdaptationMethod, type DomainNetwork, type Stage } from '@plumbline/adaptation';
import { tf } from '@plumbline/runtime';
import { CapturedStep } from '@plumbline/runtime/capture';
import { comparableBackends, relativeDifference } from '@plumbline/test-support';
import {
  single,
  trainStep,
  type NamedVariable,
  type StepInputs,
  type StepResults,
  type Terms,
} from '@plumbline/training';
import { describe, expect, it } from 'vitest';
import { batchingFor, methodAssignment, METHODS } from '../config/method-variants.ts';
import { methodSchema } from '../config/method-config.ts';
import type { Config } from '../config/config.ts';
import { buildNetwork } from '../network/build-network.ts';
import { buildOptimizer, headVariables } from '../network/optimizer.ts';
import { tinyConfig } from '../testing/tiny-task.ts';
import { buildPlan } from './plan.ts';
import type { StepTensors } from './step-batches.ts';

const SOURCES = 4;
const TARGETS = 3;
const CLASSES = 3;
/** Images in the target's training set. */
const TARGET_COUNT = 9;
const STEPS = 4;
const dimensions = { classCount: CLASSES, targetCount: TARGET_COUNT, totalSteps: STEPS, seed: 1 };

type Batching = Config['train']['domainBatching'];

function configOf(label: string, batching: Batching): Config {
  const { method: base } = tinyConfig('');
  const method = methodSchema.parse(JSON.parse(methodAssignment(label, base).replace(/^method=/, '')));
  return tinyConfig('', {
    method,
    model: { recipe: 'bn', bottleneck: { width: 8, dropout: 0.2, norm: true } },
    train: { domainBatching: batchingFor(label, batching), steps: 2 * STEPS },
  });
}

const images = (count: number, seed: number): tf.Tensor4D =>
  tf.randomNormal([count, 28, 28, 1], 0, 1, 'float32', seed);

function inputsOf({ domains }: AdaptationMethod, step: number): StepInputs<StepTensors> {
  const labels = Int32Array.from({ length: SOURCES }, (_, i) => (i + step) % CLASSES);
  const indices = Int32Array.from({ length: TARGETS }, (_, i) => (TARGETS * step + i) % TARGET_COUNT);
  return {
    microBatches: [
      {
        ...(domains.source && {
          source: { images: images(SOURCES, step + 1), labels: tf.tensor1d(labels, 'int32') },
        }),
        ...(domains.target && {
          target: { images: images(TARGETS, step + 50), indices: tf.tensor1d(indices, 'int32') },
        }),
      },
    ],
    learningRate: tf.scalar(0.02 / (step + 1)),
  };
}

interface Training {
  readonly network: DomainNetwork;
  readonly method: AdaptationMethod;
  readonly step: (inputs: StepInputs<StepTensors>) => StepResults;
  readonly variables: readonly NamedVariable[];
  dispose(): void;
}

/** A stage on a network of its own, after what a run does before the first step. */
async function trainingOf(config: Config, stage: Stage): Promise<Training> {
  const network = buildNetwork(config, {
    classes: CLASSES,
    channels: 1,
    onWarning: () => undefined,
  });
  const featureCount = network.model.outputs[0]?.shape.at(-1) ?? 0;
  const method = stage.method({ ...dimensions, featureCount });
  method.onBegin?.(network);
  await method.refresh?.run({
    network,
    targetCount: TARGET_COUNT,
    targetBatches: async function* () {
      const indices = tf.range(0, TARGET_COUNT, 1, 'int32');
      yield await Promise.resolve({ images: images(TARGET_COUNT, 9), indices });
    },
  });
  const optimizer = buildOptimizer(config, network, method, (name) => method.trains?.(name) ?? true);
  const forward = (batches: StepTensors): { loss: tf.Scalar; weight: tf.Scalar; terms: Terms } => {
    const { total, terms } = method.loss(trainingStep(network, batches));
    return { loss: total, weight: tf.scalar(1), terms };
  };
  return {
    network,
    method,
    step: trainStep({ updates: [{ forward, optimizer }], communicator: single }),
    variables: [
      ...network.parameters(),
      ...headVariables(method),
      ...(method.state?.() ?? []),
      ...optimizer.state(),
    ],
    dispose: () => {
      optimizer.dispose();
      method.dispose();
      network.model.dispose();
    },
  };
}

/** Trains a stage twice alike, one time captured, and compares every weight after one step, and the losses of all. */
async function expectCapturedIsEager(config: Config, stage: Stage): Promise<void> {
  const [eager, recorded] = [await trainingOf(config, stage), await trainingOf(config, stage)];
  const reasons: string[] = [];
  const captured = new CapturedStep(recorded.step, { onEager: (reason) => reasons.push(reason) });
  for (let step = 0; step < STEPS; step++) {
    for (const { method } of [eager, recorded]) method.onStep?.(step);
    tf.tidy(() => {
      const inputs = inputsOf(eager.method, step);
      // Together: some losses are small differences of large terms.
      const [wanted, got] = [eager.step(inputs), captured.run(inputs)].map(({ losses, terms }) =>
        tf.stack([...losses, ...Object.values(terms)]),
      );
      if (wanted === undefined || got === undefined) throw new Error('a step is missing');
      expect(relativeDifference(got, wanted), `step ${step}`).toBeLessThan(step === 0 ? 1e-5 : 1e-3);
    });
    if (step > 0) continue;
    for (const [place, { name, variable }] of eager.variables.entries()) {
      const twin = recorded.variables[place]?.variable;
      expect(twin === undefined ? NaN : relativeDifference(twin, variable), name).toBeLessThan(1e-5);
    }
  }
  expect({ isCaptured: captured.isCaptured, reasons }).toEqual({ isCaptured: true, reasons: [] });
  captured.dispose();
  eager.dispose();
  recorded.dispose();
}

// Other backends have no graphs.
describe.runIf(comparableBackends().includes('tensorflow'))('a captured step', () => {
  it.each([
    ...METHODS.map((label) => [label, 'joint'] as const),
    ['dann', 'separate'] as const,
    ['dann', 'split'] as const,
    ['transnorm', 'split'] as const,
  ])('of %s with the domains %s is the eager one', async (label, batching) => {
    const config = configOf(label, batching);
    for (const stage of buildPlan(config).stages) await expectCapturedIsEager(config, stage);
  });
});
