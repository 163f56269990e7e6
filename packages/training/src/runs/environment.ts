// What a run ran on, for environment.json: the machine, the backend, and the version of the code.

import { environmentReport, type EnvironmentReport } from '@plumbline/runtime';
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

/** The environment as reports show it. */
export function environmentFacts({ backend, cpu, threads, ...environment }: RunEnvironment): ReportFacts {
  return {
    Backend: `${backend.name}${backend.libtensorflow === null ? '' : `, libtensorflow ${backend.libtensorflow}`}`,
    Device: backend.device.name,
    'Threads per operation': threads.intraOp,
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
