// What a run ran on, for environment.json: the machine, the backend, and the version of the code.

import { environmentReport, type BackendDescription, type EnvironmentReport } from '@plumbline/runtime';
import { execFileSync } from 'node:child_process';
import type { ReportFacts } from '../report/report-content.ts';

export interface RunEnvironment extends EnvironmentReport {
  /** Commit of the code, with "+changes" when files differ from it; null outside a git checkout. */
  readonly gitCommit: string | null;
  readonly startedAt: string;
}

function gitCommit(): string | null {
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    return git('rev-parse', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+changes');
  } catch {
    // No git, or an installed package rather than a checkout.
    return null;
  }
}

const nameOf = ({ name, libtensorflow }: BackendDescription): string =>
  `${name}${libtensorflow === null ? '' : `, libtensorflow ${libtensorflow}`}`;

/** What computes, for the terminal: "Backend tensorflow, libtensorflow 2.21.0, on … ; 2 threads in an operation, 1 operation at a time." */
export function describeComputation(): string {
  const { backend, threads } = environmentReport();
  const { intraOp, interOp } = threads;
  const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
  return (
    `Backend ${nameOf(backend)}, on ${backend.device.name}; ` +
    `${count(intraOp, 'thread')} in an operation, ${count(interOp, 'operation')} at a time.`
  );
}

/** The environment as reports show it. */
export function environmentFacts({ backend, cpu, threads, ...environment }: RunEnvironment): ReportFacts {
  return {
    Backend: nameOf(backend),
    Device: backend.device.name,
    'Threads in an operation': threads.intraOp,
    'Operations at a time': threads.interOp,
    'Processor features': cpu.features.join(' ') || 'none reported',
    Node: environment.node,
    Platform: environment.platform,
    Code: environment.gitCommit ?? 'not a git checkout',
    Started: environment.startedAt,
  };
}

export const describeEnvironment = (): RunEnvironment => ({
  ...environmentReport(),
  gitCommit: gitCommit(),
  startedAt: new Date().toISOString(),
});
