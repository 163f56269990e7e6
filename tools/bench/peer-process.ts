/** A peer as its parent sees it: a process that is asked and answers. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Answer, Case, Prepared, Ran, Request } from './protocol.ts';

/** Characters of what a peer wrote to its standard error that are kept to explain its end. */
const KEPT = 2000;

/** A peer could not do what it was asked to; the message is one sentence. */
export class PeerError extends Error {}

export class PeerProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  readonly #ended: Promise<string>;
  #errors = '';

  constructor(command: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    const [program = '', ...args] = command;
    this.#child = spawn(program, args, { env: { ...process.env, ...environment } });
    this.#child.stderr.on('data', (data: Buffer) => {
      this.#errors = (this.#errors + String(data)).slice(-KEPT);
    });
    // A peer that has ended cannot read; `#ask` sees that it does not answer.
    this.#child.stdin.on('error', () => undefined);
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        resolve(`it could not be started (${error.message})`);
      });
      this.#child.on('close', (code, signal) => {
        resolve(signal === null ? `it ended with status ${code ?? 'unknown'}` : `it was ended by ${signal}`);
      });
    });
  }

  async prepare(of: Case): Promise<Prepared> {
    const answer = await this.#ask({ do: 'prepare', case: of });
    if (answer.answer === 'prepared') return answer;
    throw new PeerError(answer.answer === 'failed' ? answer.reason : 'It answered another question.');
  }

  async run(steps: number): Promise<Ran> {
    const answer = await this.#ask({ do: 'run', steps });
    if (answer.answer === 'ran') return answer;
    throw new PeerError(answer.answer === 'failed' ? answer.reason : 'It answered another question.');
  }

  /** Ends it; returns when it has ended. */
  async close(): Promise<void> {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await this.#ended;
    clearTimeout(timer);
  }

  async #ask(request: Request): Promise<Answer> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    for (;;) {
      const { value: line, done } = await this.#answers.next();
      if (done === true) {
        const lastLine = this.#errors.trim().split('\n').at(-1) ?? '';
        throw new PeerError(`${await this.#ended}${lastLine === '' ? '' : `; its last words: ${lastLine}`}`);
      }
      // Libraries may print as well.
      if (line.startsWith('{"answer"')) return JSON.parse(line) as Answer;
    }
  }
}
