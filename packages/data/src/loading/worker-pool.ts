// Threads that make batches while the main thread is inside a training step. Tasks go round the threads in turn, each
// thread queueing its own, so a main thread that is blocked for seconds finds the next batches done.
import { Worker } from 'node:worker_threads';
import type { BatchArrays, BatchTask } from './batch-task.ts';
import type { ImageArrays, ImageTask } from './image-task.ts';
import type { WorkerReply, WorkerRequest, WorkerResult, WorkerTask } from './worker-messages.ts';
import { DataError } from '../data-error.ts';
import type { InspectTask, SampleInspection } from '../inspection/inspect-sample.ts';
import type { CacheMemory } from './pixel-cache.ts';

interface Pending {
  readonly thread: Thread;
  resolve(result: WorkerResult): void;
  reject(error: Error): void;
}

interface Thread {
  readonly worker: Worker;
  readonly ended: Promise<void>;
  open: number;
  /** Why it takes no more tasks; null while it lives. */
  failure: Error | null;
}

export class WorkerPool {
  readonly #threads: Thread[] = [];
  readonly #pending = new Map<number, Pending>();
  #submitted = 0;
  #closed = false;

  /**
   * @param size number of threads, at least 1
   * @param cache decoded examples that the threads share; null: none are kept
   */
  constructor(size: number, cache: CacheMemory | null = null) {
    for (let i = 0; i < size; i++) this.#threads.push(this.#start(cache));
  }

  async makeBatch(task: BatchTask): Promise<BatchArrays> {
    const result = await this.#run({ kind: 'batch', task });
    if (result.kind === 'batch') return result.batch;
    throw mixedUp('a batch task', result);
  }

  async makeImages(task: ImageTask): Promise<ImageArrays> {
    const result = await this.#run({ kind: 'images', task });
    if (result.kind === 'images') return result.batch;
    throw mixedUp('a task for images', result);
  }

  async inspect(task: InspectTask): Promise<SampleInspection> {
    const result = await this.#run({ kind: 'inspect', task });
    if (result.kind === 'inspect') return result.sample;
    throw mixedUp('an inspection', result);
  }

  #run(work: WorkerTask): Promise<WorkerResult> {
    if (this.#closed) return Promise.reject(new Error('The loader is closed.'));
    const id = this.#submitted++;
    const thread = this.#threads[id % this.#threads.length] as Thread;
    if (thread.failure !== null) return Promise.reject(thread.failure);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { thread, resolve, reject });
      thread.open++;
      // Only a thread that owes an answer keeps the process alive.
      thread.worker.ref();
      thread.worker.postMessage({ id, work } satisfies WorkerRequest);
    });
  }

  /** Ends all threads; open tasks are rejected. Resolves when the threads are gone. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { worker } of this.#threads) {
      worker.ref();
      worker.postMessage('close' satisfies WorkerRequest);
    }
    this.#rejectAll(() => true, new Error('The loader is closed.'));
    await Promise.all(this.#threads.map(({ ended }) => ended));
  }

  #start(cache: CacheMemory | null): Thread {
    const worker = startWorker(cache);
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    const thread: Thread = { worker, ended, open: 0, failure: null };
    const fail = (error: Error): void => {
      thread.failure ??= error;
      this.#rejectAll((pending) => pending.thread === thread, thread.failure);
    };
    worker.on('message', (reply: WorkerReply) => this.#settle(reply));
    worker.on('error', (cause) => fail(new Error(`A decoding thread failed: ${cause.message}`, { cause })));
    worker.on('exit', (code) => fail(new Error(`A decoding thread ended early, with code ${code}.`)));
    worker.unref();
    return thread;
  }

  #settle(reply: WorkerReply): void {
    const pending = this.#take(reply.id);
    if (!pending) return;
    if ('result' in reply) {
      pending.resolve(reply.result);
      return;
    }
    const error = reply.isDataError ? new DataError(reply.message) : new Error(reply.message);
    if (reply.stack !== undefined) error.stack = reply.stack;
    pending.reject(error);
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    if (!pending) return undefined;
    this.#pending.delete(id);
    if (--pending.thread.open === 0 && !this.#closed) pending.thread.worker.unref();
    return pending;
  }

  #rejectAll(which: (pending: Pending) => boolean, error: Error): void {
    for (const [id, pending] of this.#pending) if (which(pending)) this.#take(id)?.reject(error);
  }
}

const mixedUp = (task: string, { kind }: WorkerResult): Error =>
  new Error(`A decoding thread answered ${task} with "${kind}".`);

function startWorker(cache: CacheMemory | null): Worker {
  const file = import.meta.url.endsWith('.ts') ? './batch-worker-from-source.mjs' : './batch-worker.js';
  // Nothing of this process's own flags (a test runner's hooks, --import tsx) belongs into the thread.
  return new Worker(new URL(file, import.meta.url), { execArgv: [], workerData: cache });
}
