/** `npm run doctor`: what training would run on here, whether it trains, and what is missing. */
import { gpuAdvice, linkedEngine, missingForEngine } from '@plumbline/runtime/engine';
import type { EnvironmentReport } from '@plumbline/runtime';

type Say = (line: string) => void;

const row = (name: string, value: string): string => `  ${name.padEnd(12)}${value}`;

/** The environment as lines of text. */
function environmentLines(report: EnvironmentReport, engineFolder: string | null): string[] {
  const { backend, cpu, threads, engine } = report;
  const why = backend.forced ? ', forced by PLUMBLINE_BACKEND' : '';
  const library =
    backend.libtensorflow === null ? 'no libtensorflow' : `libtensorflow ${backend.libtensorflow}`;
  return [
    row('Node', report.node),
    row('platform', report.platform),
    row('processor', `${cpu.model}, ${cpu.cores} cores`),
    row('features', cpu.features.join(' ') || 'unknown'),
    row('memory', `${(report.totalMemoryBytes / 2 ** 30).toFixed(1)} GiB`),
    row('backend', `${backend.name} (${library}${why})`),
    row('device', `${backend.device.kind}: ${backend.device.name}`),
    row('threads', `${threads.intraOp} inside an operation, ${threads.interOp} across operations`),
    ...(engineFolder === null ? [] : [row('engine', engineFolder)]),
    ...(engine === null ? [] : [row('', `${engine.flavour} build, prepared ${engine.preparedAt}`)]),
    ...Object.entries(report.packages).map(([name, version], i) =>
      row(i === 0 ? 'packages' : '', `${name} ${version}`),
    ),
  ];
}

/** @returns the exit status: 0 when something trains here. */
export async function doctor(say: Say): Promise<number> {
  // Imported only now: an impossible PLUMBLINE_BACKEND makes this import fail, with the sentence that says why.
  const runtime = await import('@plumbline/runtime');
  say('Plumbline on this machine');
  const report = runtime.environmentReport();
  const linked = report.backend.name === 'tensorflow' ? linkedEngine() : null;
  for (const line of environmentLines(report, linked?.folder ?? null)) say(line);
  const works = runtime.canTrain();
  say(
    row(
      'training',
      works
        ? `works, on the "${report.backend.name}" backend`
        : 'DOES NOT WORK: a gradient step did not lower the loss',
    ),
  );

  const missing: string[] = [];
  if (report.backend.name !== 'tensorflow' && !report.backend.forced) {
    missing.push(...(await missingForEngine()), 'the native engine; prepare it with `npm run engine`');
  }
  // The stamp tells of the day it was made; the library may have learnt to see the GPU since.
  const gpuSeen = report.backend.device.kind === 'gpu';
  const advice = linked === null ? null : gpuAdvice(linked.folder, { ...linked.stamp, gpuSeen });
  if (advice !== null) missing.push(advice);
  say(missing.length === 0 ? 'Nothing is missing.' : 'Missing:');
  for (const line of missing) say(`  - ${line}`);
  return works ? 0 : 1;
}
