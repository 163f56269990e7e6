/** A peer's side of the conversation, for those that are written in TypeScript. */
import { createInterface } from 'node:readline';
import type { About, Answer, Case, Request } from '../protocol.ts';

/** What a peer has got ready. */
export interface Work {
  readonly about: About;
  readonly parameters: number | null;
  readonly flop: number | null;
  /** Milliseconds of each of so many steps. */
  run(steps: number): Promise<readonly number[]>;
  /** See `Ran.problem`. */
  problem(): string | null;
}

export type Role = (of: Case) => Promise<Work>;

/** Times `step`, which returns when all it began is done. */
export const timed =
  (step: () => void): Work['run'] =>
  (steps) =>
    Promise.resolve(
      Array.from({ length: steps }, () => {
        const start = performance.now();
        step();
        return performance.now() - start;
      }),
    );

/** Answers requests until there are no more. */
export async function serve(role: Role): Promise<void> {
  let work: Work | null = null;
  const answerTo = async (request: Request): Promise<Answer> => {
    if (request.do === 'prepare') {
      work = await role(request.case);
      const { about, parameters, flop } = work;
      return { answer: 'prepared', about, parameters, flop };
    }
    if (work === null) throw new Error('A peer was asked to run before it was asked to prepare.');
    const milliseconds = await work.run(request.steps);
    const peakBytes = 1024 * process.resourceUsage().maxRSS;
    return { answer: 'ran', milliseconds, peakBytes, problem: work.problem() };
  };
  for await (const line of createInterface({ input: process.stdin })) {
    let answer: Answer;
    try {
      answer = await answerTo(JSON.parse(line) as Request);
    } catch (error) {
      answer = { answer: 'failed', reason: error instanceof Error ? error.message : String(error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  // Threads of a loader would keep the process alive.
  process.exit();
}
