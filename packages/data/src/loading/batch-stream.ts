// What every training loader is made of: batches by their step, made ahead of time, in threads or in this one.
import { availableParallelism } from 'node:os';
import { allocateCache, type CacheMemory } from './pixel-cache.ts';
import { readAhead } from './read-ahead.ts';
import { WorkerPool } from './worker-pool.ts';

export interface StreamOptions {
  /**
   * Decoding threads; 0 decodes in this thread's own event loop, which stands still during a training step.
   * Default: a quarter of the processors, 1 to 4. All threads share libuv's pool of 4: for more, set the environment
   * variable UV_THREADPOOL_SIZE.
   */
  workers?: number;
  /** Batches kept ready or in the making beyond the one in hand. Default: twice the threads, at least 2. */
  prefetch?: number;
  /**
   * Memory for decoded examples, shared by all threads, in units of 2^20 bytes. It fills in the first epoch; what does
   * not fit is decoded each time. Default 0: none are kept.
   */
  cacheMegabytes?: number;
}

/** Who makes the batches: threads, or this thread with the memory for what it decodes. */
export type BatchMaker =
  { readonly pool: WorkerPool } | { readonly pool: null; readonly cache: CacheMemory | null };

/** Batches without end. Threads start with the first batch. */
export class BatchStream<Batch> {
  readonly #make: (step: number, maker: BatchMaker) => Promise<Batch>;
  readonly #workers: number;
  readonly #prefetch: number;
  readonly #cache: CacheMemory | null;
  #pool: WorkerPool | null = null;
  #closed = false;

  /**
   * @param entries number of examples that the cache may have to hold
   * @throws Error when an option is impossible.
   */
  constructor(
    make: (step: number, maker: BatchMaker) => Promise<Batch>,
    entries: number,
    options: StreamOptions,
  ) {
    const { workers = defaultWorkers(), cacheMegabytes = 0 } = options;
    const { prefetch = Math.max(2, 2 * workers) } = options;
    wholeNumber('workers', workers, 0);
    wholeNumber('prefetch', prefetch, 1);
    wholeNumber('cacheMegabytes', cacheMegabytes, 0);
    this.#make = make;
    this.#workers = workers;
    this.#prefetch = prefetch;
    this.#cache = cacheMegabytes === 0 ? null : allocateCache(entries, cacheMegabytes);
  }

  /**
   * The batches from `fromStep` on, in order and without end; ends when the stream is closed.
   *
   * @throws DataError, at the step that needs it, for an example that cannot be read.
   */
  async *batches(fromStep = 0): AsyncGenerator<Batch, void, undefined> {
    wholeNumber('fromStep', fromStep, 0);
    if (this.#closed) throw new Error('The loader is closed.');
    const made = readAhead((step) => this.#make(step, this.#maker()), {
      from: fromStep,
      ahead: this.#prefetch,
    });
    try {
      for await (const batch of made) {
        yield batch;
        if (this.#closed) return;
      }
    } catch (error) {
      if (!this.#closed) throw error;
    }
  }

  /** Ends the decoding threads and every `batches()`. May be called more than once. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool?.close();
  }

  #maker(): BatchMaker {
    if (this.#workers === 0) return { pool: null, cache: this.#cache };
    this.#pool ??= new WorkerPool(this.#workers, this.#cache);
    return { pool: this.#pool };
  }
}

export const defaultWorkers = (): number => Math.min(4, Math.max(1, Math.floor(availableParallelism() / 4)));

/** @throws Error when an option is no whole number of at least `least`. */
export function wholeNumber(option: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new Error(`${option} is ${value}, but a whole number of at least ${least} is wanted.`);
  }
}

/** @throws Error when a seed is no whole number. */
export function checkSeed(seed: number): void {
  if (!Number.isSafeInteger(seed)) throw new Error(`seed is ${seed}, but a whole number is wanted.`);
}
