/**
 * Peers take turns at the same case, one step each, so that a busy machine slows all alike: the first peer of a round is another
 * one each time, and between two turns the machine rests, since threads that wait for more work spin for a moment.
 */
import { setTimeout as rest } from 'node:timers/promises';
import { PeerError, PeerProcess } from './peer-process.ts';
import type { About, Case } from './protocol.ts';

const REST_MILLISECONDS = 30;

export interface Contestant {
  /** Unique among those that take turns. */
  readonly name: string;
  readonly command: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  readonly case: Case;
}

export interface Result {
  readonly name: string;
  readonly about: About;
  readonly parameters: number | null;
  readonly flop: number | null;
  /** Of every step after the warm-up. */
  readonly milliseconds: readonly number[];
  readonly peakBytes: number;
  /** From the start of the process to the end of the first step. */
  readonly firstStepSeconds: number;
  /** Why there are no times, or why they are not of what was meant; null: all is well. */
  readonly problem: string | null;
}

export interface TurnOptions {
  /** Timed steps of each. */
  readonly steps: number;
  /** Steps before them that are not timed. */
  readonly warmUp: number;
  /** Hears what happens now. */
  readonly say?: (line: string) => void;
}

class Participant {
  readonly name: string;
  readonly #contestant: Contestant;
  readonly #milliseconds: number[] = [];
  readonly #process: PeerProcess;
  #result: Omit<Result, 'name' | 'milliseconds'> = {
    about: {},
    parameters: null,
    flop: null,
    peakBytes: NaN,
    firstStepSeconds: NaN,
    problem: null,
  };
  #isOut = false;

  constructor(contestant: Contestant) {
    this.name = contestant.name;
    this.#contestant = contestant;
    this.#process = new PeerProcess(contestant.command, contestant.environment);
  }

  async warmUp(steps: number): Promise<void> {
    await this.#orOut(async () => {
      const start = performance.now();
      const { about, parameters, flop } = await this.#process.prepare(this.#contestant.case);
      this.#result = { ...this.#result, about, parameters, flop };
      await this.#run(1);
      this.#result = { ...this.#result, firstStepSeconds: (performance.now() - start) / 1000 };
      if (steps > 1) await this.#run(steps - 1);
    });
  }

  async turn(): Promise<void> {
    await this.#orOut(async () => {
      this.#milliseconds.push(...(await this.#run(1)));
    });
  }

  async finish(): Promise<Result> {
    await this.#process.close();
    return { name: this.name, ...this.#result, milliseconds: this.#milliseconds };
  }

  async #run(steps: number): Promise<readonly number[]> {
    const { milliseconds, peakBytes, problem } = await this.#process.run(steps);
    this.#result = { ...this.#result, peakBytes, problem };
    return milliseconds;
  }

  /** One that failed does not come back. */
  async #orOut(work: () => Promise<void>): Promise<void> {
    if (this.#isOut) return;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      this.#isOut = true;
      this.#milliseconds.length = 0;
      this.#result = { ...this.#result, problem: error.message };
    }
  }
}

/** Every contestant gets a new process. Results are in their order; a contestant that fails is out, and the others go on. */
export async function takeTurns(
  contestants: readonly Contestant[],
  { steps, warmUp, say = () => undefined }: TurnOptions,
): Promise<Result[]> {
  const participants: Participant[] = [];
  for (const contestant of contestants) {
    say(`${contestant.name}: starting`);
    const participant = new Participant(contestant);
    participants.push(participant);
    await participant.warmUp(warmUp);
  }
  for (let round = 0; round < steps; round++) {
    say(`round ${round + 1} of ${steps}`);
    const first = round % Math.max(1, participants.length);
    for (const participant of [...participants.slice(first), ...participants.slice(0, first)]) {
      await participant.turn();
      await rest(REST_MILLISECONDS);
    }
  }
  return Promise.all(participants.map((participant) => participant.finish()));
}

/** The value that a share of them is below, in between two where it falls there. */
function quantile(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = at * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)] ?? NaN, sorted[Math.ceil(place)] ?? NaN];
  return low + (high - low) * (place - Math.floor(place));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Between the quartiles, over the median. */
export const spreadOf = (values: readonly number[]): number =>
  (quantile(values, 0.75) - quantile(values, 0.25)) / median(values);
