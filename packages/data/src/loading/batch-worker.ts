// A decoding thread: takes tasks one after another and hands a batch's pixels over without copying them.
import { parentPort, workerData } from 'node:worker_threads';
import sharp from 'sharp';
import { makeBatch } from './batch-task.ts';
import { DataError } from '../data-error.ts';
import { makeFileImages } from './image-task.ts';
import { inspectSample } from '../inspection/inspect-sample.ts';
import type { CacheMemory } from './pixel-cache.ts';
import { SampleCache } from './sample-cache.ts';
import type { WorkerReply, WorkerRequest, WorkerResult, WorkerTask } from './worker-messages.ts';

const port = parentPort;
if (!port) throw new Error('batch-worker runs only as a worker thread.');

// One thread a picture; the parallelism comes from the workers. A cache would only hold pictures not seen again
// before the next epoch.
sharp.concurrency(1);
sharp.cache(false);

const memory = workerData as CacheMemory | null;
const samples = memory === null ? null : new SampleCache(memory);

let closing = false;
let work = Promise.resolve();

port.on('message', (request: WorkerRequest) => {
  if (request === 'close') {
    closing = true;
    // Only after the picture in hand: ending a thread inside native code can take the process with it.
    void work.then(() => port.close());
    return;
  }
  work = work.then(async () => {
    if (!closing) await answer(request.id, request.work);
  });
});

async function perform(work: WorkerTask): Promise<WorkerResult> {
  switch (work.kind) {
    case 'batch':
      return { kind: 'batch', batch: await makeBatch(work.task, samples) };
    case 'images':
      return { kind: 'images', batch: await makeFileImages(work.task, memory) };
    case 'inspect':
      return { kind: 'inspect', sample: await inspectSample(work.task) };
  }
}

/** What is handed over, not copied. */
function buffersOf(result: WorkerResult): ArrayBuffer[] {
  switch (result.kind) {
    case 'batch':
      return [result.batch.images.buffer, result.batch.labels.buffer];
    case 'images':
      return [result.batch.images.buffer];
    case 'inspect':
      return [];
  }
}

async function answer(id: number, work: WorkerTask): Promise<void> {
  try {
    const result = await perform(work);
    const reply: WorkerReply = { id, result };
    port?.postMessage(reply, buffersOf(result));
  } catch (error) {
    const isError = error instanceof Error;
    const reply: WorkerReply = {
      id,
      message: isError ? error.message : String(error),
      stack: isError ? error.stack : undefined,
      isDataError: error instanceof DataError,
    };
    port?.postMessage(reply);
  }
}
