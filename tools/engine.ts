/**
 * The native engine from the command line:
 *
 *     npm run engine                        prepare it, if it is not yet
 *     npm run engine -- --flavour cpu|gpu   choose the build instead of letting the machine decide
 *     npm run engine -- --wheel FILE        use a wheel that you already have (no network needed)
 *     npm run engine:remove                 remove it and everything that was downloaded for it
 *     npm run doctor                        what runs here, what is missing, and the command that mends it
 */
import { type Flavour, FLAVOURS, prepareEngine, removeEngine } from '@plumbline/runtime/engine';
import { parseArgs } from 'node:util';
import { doctor } from './engine-doctor.ts';

const COMMANDS = ['prepare', 'remove', 'doctor'] as const;
const INTERRUPTED = 130;

const say = (line: string): void => console.error(line);
const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;

interface PrepareFlags {
  readonly flavour: Flavour | undefined;
  readonly wheelFile: string | undefined;
}

async function prepare(flags: PrepareFlags, signal: AbortSignal): Promise<number> {
  const started = performance.now();
  const { kind, engine, wasReady } = await prepareEngine({ ...flags, say, signal });
  // `npm test` runs this each time: silence when there was nothing to do.
  if (wasReady || kind === 'portable') return 0;
  if (engine !== null) {
    const { libtensorflow, files, gpuSeen } = engine.stamp;
    const bytes = Object.values(files).reduce((sum, size) => sum + size, 0);
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    say(
      `The engine is ready: libtensorflow ${libtensorflow} for the ${gpuSeen ? 'GPU' : 'processor'}, ${seconds} s. ` +
        `It takes ${gigabytes(bytes)} in ${engine.folder}; \`npm run engine:remove\` removes it.`,
    );
  }
  return 0;
}

async function remove(signal: AbortSignal): Promise<number> {
  const { bytes, cacheRoot, foreignBindingLeft } = await removeEngine({ signal });
  say(bytes > 0 ? `Removed ${gigabytes(bytes)} from ${cacheRoot}.` : `There was no engine in ${cacheRoot}.`);
  if (foreignBindingLeft)
    say('@tensorflow/tfjs-node-gpu has a binding that Plumbline did not make; it was left there.');
  return 0;
}

function parseFlavour(value: string | undefined): Flavour | undefined {
  if (value === undefined) return undefined;
  const flavour = FLAVOURS.find((known) => known === value);
  if (flavour === undefined)
    throw new Error(`--flavour is "${value}"; it must be one of ${FLAVOURS.join(', ')}.`);
  return flavour;
}

async function main(args: string[], signal: AbortSignal): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { flavour: { type: 'string' }, wheel: { type: 'string' } },
  });
  const [command, ...rest] = positionals;
  const known = COMMANDS.find((name) => name === command);
  if (known === undefined || rest.length > 0) {
    throw new Error(`Got the command "${positionals.join(' ')}"; give one of ${COMMANDS.join(', ')}.`);
  }
  if (known === 'remove') return remove(signal);
  if (known === 'doctor') return doctor(console.log);
  return prepare({ flavour: parseFlavour(values.flavour), wheelFile: values.wheel }, signal);
}

const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interruption.abort());

try {
  process.exitCode = await main(process.argv.slice(2), interruption.signal);
} catch (error) {
  const interrupted = interruption.signal.aborted;
  say(
    interrupted
      ? 'Interrupted; what was downloaded is kept, and `npm run engine` goes on from there.'
      : (error as Error).message,
  );
  process.exitCode = interrupted ? INTERRUPTED : 1;
}
