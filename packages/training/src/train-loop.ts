// The training loop: batches in, updated weights out, and everything a long run needs around it.
//
// It knows no dataset, no model and no file. A caller gives it batches, a function from a batch to a loss, an
// optimizer and a schedule, and is called back to log, evaluate and save. The loss stays on the device between
// two logs, so that the host never waits for a step it does not report.

import { CapturedStep, type CaptureOptions, type Precision } from '@plumbline/runtime/capture';
import * as tf from '@tensorflow/tfjs-core';
import { type Communicator, single } from './communicator.ts';
import { LossWindow } from './loss-window.ts';
import type { Schedule } from './schedules.ts';
import { StepClock, type StepTimes } from './step-clock.ts';
import { TermMeans } from './term-means.ts';
import { trainStep, type StepUpdate } from './train-step.ts';

/** What one log line holds; times and the loss are means over the steps since the line before. */
export interface TrainRecord extends StepTimes {
  /** Optimizer steps done. */
  step: number;
  totalSteps: number;
  loss: number;
  /** Means of what the loss is made of, by the names its function gave them. */
  terms: Readonly<Record<string, number>>;
  /** Of the last step, before a group's factor. */
  learningRate: number;
  /** Seconds to the end at this pace, evaluations and checkpoints not counted. */
  etaSeconds: number;
  /** Resident memory of this process, bytes. */
  rssBytes: number;
  /** The most it has been since the process began. */
  peakRssBytes: number;
  /** Bytes and number of the tensors that TensorFlow.js holds. */
  tensorBytes: number;
  tensors: number;
}

export interface TrainLoopOptions<Batch, Inputs extends tf.TensorContainer> extends StepUpdate<Inputs> {
  /** Micro-batches without end; on a resumed run, beginning at number `startStep · accumulate`. */
  batches: AsyncIterable<Batch>;
  /** What `forward` gets of a micro-batch; it is run inside `tf.tidy`. */
  tensors: (batch: Batch) => Inputs;
  imagesIn: (batch: Batch) => number;
  /**
   * Updates after the main one of each step, in order, on the same micro-batches and at the same learning rate; what is
   * logged as the loss is the main update's. A weight may be in the optimizers of several. Default: none.
   */
  furtherUpdates?: readonly StepUpdate<Inputs>[];
  schedule: Schedule;
  totalSteps: number;
  /** Steps done before; default 0. */
  startStep?: number;
  /** Micro-batches an optimizer step takes, weighted by valid pixels; default 1. */
  accumulate?: number;
  /** Largest norm of all gradients together; default: no clipping. */
  clipNorm?: number;
  communicator?: Communicator;
  /**
   * Run steps as one TensorFlow graph, where the backend has graphs. All that `forward`, the optimizers and `afterUpdate`
   * depend on must then be in the inputs' tensors or in variables, and they must read nothing on the host. Default: false.
   */
  capture?: boolean;
  /** Of a captured step; others are float32. Default `float32`. */
  precision?: Precision;
  /** Compute activations a second time in a captured step, instead of holding them for the gradients. Default: false. */
  recompute?: boolean;
  /** Hears why steps are not captured although they should be, in a clause. Default: nobody does. */
  onEager?: (reason: string) => void;
  /** Runs after each optimizer step, on tensors only, for example to average the weights. Default: nothing. */
  afterUpdate?: () => void;
  /** Steps between two log lines; default 10. */
  logEvery?: number;
  log?: (record: TrainRecord) => void | Promise<void>;
  /** Steps between two evaluations; it also runs after the last step. Default: never. */
  evaluateEvery?: number;
  evaluate?: (step: number) => Promise<void>;
  /** Steps between two checkpoints; it also runs after the last step and when stopped. Default: only then. */
  checkpointEvery?: number;
  checkpoint?: (step: number) => Promise<void>;
  /** Stops the run after the step in progress, with a checkpoint. */
  signal?: AbortSignal;
}

export interface TrainOutcome {
  /** Optimizer steps done, over all resumptions. */
  step: number;
  /** `stopped`: the signal was raised before the last step. */
  end: 'finished' | 'stopped';
}

/**
 * Trains from `startStep` to `totalSteps`, or until the signal is raised.
 *
 * @throws DivergedError when a loss is no number; it is noticed at the next log, evaluation or checkpoint, and nothing
 *   is saved then. Whatever `batches` and `evaluate` throw, after a checkpoint of the steps that are done.
 */
export async function trainLoop<Batch, Inputs extends tf.TensorContainer>(
  options: TrainLoopOptions<Batch, Inputs>,
): Promise<TrainOutcome> {
  const { imagesIn, schedule, totalSteps, communicator = single, signal, furtherUpdates = [] } = options;
  const { startStep = 0, accumulate = 1, logEvery = 10, capture = false, tensors } = options;
  checkWhole({ totalSteps, accumulate, logEvery });
  const clock = new StepClock();
  const updates = [options, ...furtherUpdates];
  const terms = new TermMeans();
  const windows = updates.map(() => new LossWindow());
  const eager = trainStep({ ...options, updates, communicator });
  // What other processes contribute is no part of a graph.
  const { precision = 'float32', recompute = false, onEager } = options;
  const how: CaptureOptions = { precision, recompute, ...(onEager === undefined ? {} : { onEager }) };
  const captured = capture && communicator.size === 1 ? new CapturedStep(eager, how) : null;
  const iterator = options.batches[Symbol.asyncIterator]();
  let step = startStep;
  let saved = startStep > 0 ? startStep : null;

  const save = async (): Promise<void> => {
    if (saved === step) return;
    for (const window of windows) await window.check(step, schedule(step - 1));
    await options.checkpoint?.(step);
    saved = step;
  };
  /** A bad file or a failed evaluation must not cost the steps that are done. */
  const orSave = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      // What went wrong first is what the caller should hear.
      if (step > startStep) await save().catch(() => undefined);
      throw error;
    }
  };

  try {
    while (step < totalSteps && !signal?.aborted) {
      clock.start();
      const microBatches = await orSave(take(iterator, accumulate));
      clock.dataArrived();
      if (signal?.aborted) break;

      const learningRate = schedule(step);
      const results = tf.tidy(() => {
        const inputs = { microBatches: microBatches.map(tensors), learningRate: tf.scalar(learningRate) };
        return captured === null ? eager(inputs) : captured.run(inputs);
      });
      results.losses.forEach((loss, place) => windows[place]?.add(loss));
      terms.add(results.terms);
      step++;
      clock.stepDone(microBatches.reduce((sum, batch) => sum + imagesIn(batch), 0));

      const isLast = step === totalSteps;
      if (step % logEvery === 0 || isLast) {
        const [mean = NaN] = await Promise.all(windows.map((window) => window.read(step, learningRate)));
        clock.addPending();
        const times = clock.report();
        await options.log?.({
          step,
          totalSteps,
          loss: mean,
          terms: await terms.read(),
          learningRate,
          ...times,
          etaSeconds: (totalSteps - step) * (times.dataSeconds + times.stepSeconds),
          ...memory(),
        });
      }
      if (isLast || isDue(step, options.evaluateEvery)) {
        for (const window of windows) await window.check(step, learningRate);
        if (options.evaluate !== undefined) await orSave(options.evaluate(step));
      }
      if (isLast || isDue(step, options.checkpointEvery)) await save();
      // Worker threads and Ctrl-C are heard only when the event loop turns, and steps are synchronous.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (step >= totalSteps) return { step, end: 'finished' };
    await save();
    return { step, end: 'stopped' };
  } finally {
    captured?.dispose();
    terms.dispose();
    for (const window of windows) window.dispose();
    await iterator.return?.();
  }
}

async function take<Batch>(iterator: AsyncIterator<Batch>, count: number): Promise<Batch[]> {
  const batches: Batch[] = [];
  while (batches.length < count) {
    const { value, done } = await iterator.next();
    if (done === true)
      throw new Error('The loader ran out of batches before the last step: training needs an endless one.');
    batches.push(value);
  }
  return batches;
}

const isDue = (step: number, every: number | undefined): boolean => every !== undefined && step % every === 0;

function memory(): Pick<TrainRecord, 'rssBytes' | 'peakRssBytes' | 'tensorBytes' | 'tensors'> {
  const { numBytes, numTensors } = tf.memory();
  const rssBytes = process.memoryUsage.rss();
  // The system keeps the peak in kilobytes, and not always up to the moment.
  const peakRssBytes = Math.max(rssBytes, 1024 * process.resourceUsage().maxRSS);
  return { rssBytes, peakRssBytes, tensorBytes: numBytes, tensors: numTensors };
}

function checkWhole(numbers: Record<string, number>): void {
  for (const [name, value] of Object.entries(numbers))
    if (!Number.isInteger(value) || value < 1)
      throw new Error(`${name} must be a whole number, 1 or more, and it is ${value}.`);
}
