// A decoding thread: takes batch tasks one after another and hands the pixels over without copying them.
import { parentPort } from 'node:worker_threads';
import sharp from 'sharp';
import { makeBatch, type BatchTask } from './batch-task.ts';
import { DataError } from './data-error.ts';
import type { WorkerReply, WorkerRequest } from './worker-messages.ts';

const port = parentPort;
if (!port) throw new Error('batch-worker runs only as a worker thread.');

// One thread a picture; the parallelism comes from the workers. A cache would only hold pictures not seen again
// before the next epoch.
sharp.concurrency(1);
sharp.cache(false);

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
    if (!closing) await answer(request.id, request.task);
  });
});

async function answer(id: number, task: BatchTask): Promise<void> {
  try {
    const batch = await makeBatch(task);
    const reply: WorkerReply = { id, batch };
    port?.postMessage(reply, [batch.images.buffer, batch.labels.buffer]);
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
