/** The segmentation app from its command line: what a user types, sees and finds on the disk. */
import { describeBackend } from '@plumbline/runtime';
import { decode } from 'fast-png';
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const SAMPLE = join(ROOT, 'data/sample/VOC2012');
const STEPS = 10;
// The smallest run that goes through everything: seconds, not minutes.
const TINY = [
  'data.baseSize=40',
  'data.trainLimit=8',
  'data.valLimit=2',
  'augment.cropSize=33',
  'model.depth=18',
  'model.headChannels=16',
  'model.atrousRates=[1,2,3]',
  'model.poolingNorm=none',
  'model.dropout=0.2',
  `train.steps=${STEPS}`,
  'train.logEvery=1',
  'train.checkpointEvery=4',
  'train.evaluateEvery=5',
  'evaluate.size=49',
  'evaluate.pictures=2',
].flatMap((assignment) => ['--set', assignment]);

interface Finished {
  code: number | null;
  out: string;
  err: string;
}

interface Running {
  done: Promise<Finished>;
  kill: (signal: NodeJS.Signals) => void;
}

const PROGRAM = ['--conditions=@plumbline/source', '--import', 'tsx', 'apps/segmentation/src/main.ts'];

function start(command: string, args: readonly string[]): Running {
  // The backend of this process, asked for: on a machine without an engine no command tries again to prepare one.
  const env = { ...process.env, PLUMBLINE_BACKEND: describeBackend().name };
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (data: Buffer) => {
    out += String(data);
  });
  child.stderr.on('data', (data: Buffer) => {
    err += String(data);
  });
  return {
    kill: (signal) => child.kill(signal),
    done: new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, out, err }));
    }),
  };
}

const segmentation = (...args: string[]): Promise<Finished> =>
  start(process.execPath, [...PROGRAM, ...args]).done;
const training = (run: string, data = SAMPLE): string[] => ['train', '--data', data, '--run', run, ...TINY];
const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

let folder = '';
let uninterrupted = '';

interface Interrupted {
  run: string;
  stopped: Finished;
  /** The names in the run folder, and those of its checkpoints, when it had stopped. */
  left: string[];
  resumed: Finished;
}

/** Trains until all `files` have been seen in the run's checkpoints, one after the other, sends the signal, and goes on. */
async function interruptAndResume(files: readonly string[], signal: NodeJS.Signals): Promise<Interrupted> {
  const run = join(folder, `stopped by ${signal}`);
  const checkpoints = join(run, 'checkpoints');
  const running = start(process.execPath, [...PROGRAM, ...training(run)]);
  let hasEnded = false;
  void running.done.then(() => {
    hasEnded = true;
  });
  for (const file of files) {
    while (!hasEnded && !(await exists(join(checkpoints, file)))) await sleep(5);
  }
  running.kill(signal);
  const stopped = await running.done;
  const left = [...(await readdir(run)), ...(await readdir(checkpoints))];
  return { run, stopped, left, resumed: await segmentation('train', '--resume', run) };
}

/** The tensors of a checkpoint, as bytes; the header before them holds the time that training took. */
async function tensors(run: string, name: string): Promise<Buffer> {
  const file = await readFile(join(run, 'checkpoints', `${name}.safetensors`));
  return file.subarray(8 + Number(file.readBigUInt64LE()));
}

async function measurements(run: string): Promise<string[]> {
  const lines = (await readFile(join(run, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  return lines.map((line) => {
    const { kind, step, loss, meanIoU } = JSON.parse(line) as Record<string, unknown>;
    return JSON.stringify({ kind, step, loss, meanIoU });
  });
}

/** What was said beside TensorFlow's own log lines. */
const sentences = (err: string): string[] =>
  err.split('\n').filter((line) => line !== '' && !/^WARNING: All log messages|^[IWE]0000 /.test(line));

let whole: Finished;
let stopped: Interrupted;
let killed: Interrupted;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-app-'));
  uninterrupted = join(folder, 'uninterrupted');
  // At once: much of a tiny run is waiting, for the disk above all.
  [whole, stopped, killed] = await Promise.all([
    segmentation(...training(uninterrupted)),
    interruptAndResume(['last.safetensors'], 'SIGINT'),
    // The second checkpoint is half written then: the first must do.
    interruptAndResume(['last.safetensors', '.last.safetensors.partial'], 'SIGKILL'),
  ]);
}, 300_000);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('a run from the command line', () => {
  it('leaves a complete run folder', async () => {
    expect(whole.code, whole.err).toBe(0);
    const names = await readdir(uninterrupted);
    expect(names).toEqual(
      expect.arrayContaining([
        'checkpoints',
        'config.json',
        'confusion.svg',
        'environment.json',
        'metrics.jsonl',
        'predictions',
        'report.html',
        'summary.json',
      ]),
    );
    expect(names.some((name) => name.startsWith('events.out.tfevents'))).toBe(true);
    expect((await readdir(join(uninterrupted, 'checkpoints'))).sort()).toEqual([
      'best.safetensors',
      'last.safetensors',
    ]);
    expect(await measurements(uninterrupted)).toHaveLength(STEPS + 2);
    const report = await readFile(join(uninterrupted, 'report.html'), 'utf8');
    expect(report).toContain('mean IoU');
    expect(report).toContain('2 val images');
  });

  it('writes predictions as palette PNGs of the original size', async () => {
    const ids = (await readdir(join(uninterrupted, 'predictions'))).filter((name) => name.endsWith('.png'));
    expect(ids).toHaveLength(2);
    for (const id of ids) {
      const truth = decode(await readFile(join(SAMPLE, 'SegmentationClass', id)));
      const prediction = decode(await readFile(join(uninterrupted, 'predictions', id)));
      expect([prediction.width, prediction.height]).toEqual([truth.width, truth.height]);
      expect(prediction.palette?.[15]).toEqual([192, 128, 128]);
      expect(Math.max(...prediction.data)).toBeLessThanOrEqual(20);
    }
  });

  it('stopped by Ctrl-C says how to go on', () => {
    expect(stopped.stopped.code).toBe(130);
    expect(stopped.stopped.err).toContain(`train --resume "${stopped.run}"`);
    expect(stopped.left).not.toContain('.last.safetensors.partial');
  });

  it('killed while it wrote a checkpoint has the former one', () => {
    expect(killed.stopped.code).toBe(null);
    expect(killed.left).toEqual(expect.arrayContaining(['last.safetensors', '.last.safetensors.partial']));
  });

  it.each(['Ctrl-C', 'kill'])('resumed after %s, is the uninterrupted one to the last bit', async (how) => {
    const { run, left, resumed } = how === 'kill' ? killed : stopped;
    expect(left, 'the run must not have finished already').not.toContain('summary.json');
    expect(resumed.code, resumed.err).toBe(0);
    for (const name of ['last', 'best']) {
      expect((await tensors(run, name)).equals(await tensors(uninterrupted, name)), name).toBe(true);
    }
    expect(await measurements(run)).toEqual(await measurements(uninterrupted));
    expect((await readdir(join(run, 'checkpoints'))).sort()).toEqual([
      'best.safetensors',
      'last.safetensors',
    ]);
  });

  it('is scored again by evaluate, to the same number, and segments images by predict', async () => {
    const out = join(folder, 'predicted');
    const scores = join(folder, 'scores');
    const image = join(SAMPLE, 'JPEGImages', 'sample_000[0-1].jpg');
    const [scored, measured, predicted] = await Promise.all([
      segmentation('evaluate', '--run', uninterrupted),
      segmentation(
        ...['evaluate', '--run', uninterrupted, '--out', scores],
        ...['--window', '33', '--scales', '1,1.5', '--flip', '--boundary'],
      ),
      segmentation('predict', image, '--run', uninterrupted, '--out', out),
    ]);
    expect(scored.code, scored.err).toBe(0);
    const summary = JSON.parse(await readFile(join(uninterrupted, 'summary.json'), 'utf8')) as {
      meanIoU: number;
    };
    expect(scored.out).toContain(`mIoU ${(100 * summary.meanIoU).toFixed(1)} %`);
    expect(scored.out).toContain('2 val images; whole image, single scale, no flip');
    expect(predicted.code, predicted.err).toBe(0);
    expect((await readdir(out)).sort()).toEqual(
      ['sample_0000', 'sample_0001'].flatMap((name) => [
        `${name}.json`,
        `${name}.overlay.jpg`,
        `${name}.png`,
      ]),
    );
    expect(measured.code, measured.err).toBe(0);
    expect(measured.out).toMatch(/boundary F \d/);
    const protocol =
      'windows of 33² at stride 22 (33 % overlap), scales 1, 1.5, with flip, logits averaged; ' +
      'scored on original pixels without void';
    expect(measured.out).toContain(protocol);
    const written = JSON.parse(await readFile(join(scores, 'scores.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    expect(written['protocol']).toMatchObject({ inference: protocol, images: 2 });
    expect(await readdir(scores)).toEqual(expect.arrayContaining(['confusion.svg', 'scores.json']));
  });
});

// Which sentence each kind of bad input gives is tested beside the command; here, how it reaches a user.
describe('what goes wrong is said in one sentence, without a stack trace, with exit code 1', () => {
  it('about a folder that holds a run, and about a broken image', async () => {
    const root = join(folder, 'broken');
    await cp(SAMPLE, root, { recursive: true });
    await truncate(join(root, 'JPEGImages', 'sample_0003.jpg'), 900);
    const [taken, broken] = await Promise.all([
      segmentation(...training(uninterrupted)),
      segmentation(...training(join(folder, 'broken-run'), root)),
    ]);
    expect(taken.code).toBe(1);
    expect(sentences(taken.err)).toEqual([
      `${uninterrupted} holds a finished run: choose another run folder.`,
    ]);
    expect(broken.code).toBe(1);
    expect(sentences(broken.err).filter((line) => !line.startsWith('step '))).toEqual([
      expect.stringMatching(/^Image .*sample_0003\.jpg could not be decoded: .*; copy it again .*\.$/),
    ]);
  });

  it('about a disk that takes no more', async () => {
    const run = join(folder, 'no room');
    // No file may be larger than 20 MB, and a checkpoint is.
    const limited = ['-c', 'ulimit -f 20000; exec "$0" "$@"', process.execPath, ...PROGRAM, ...training(run)];
    const { code, err } = await start('bash', limited).done;
    expect(code).toBe(1);
    expect(sentences(err).filter((line) => !line.startsWith('step '))).toEqual([
      expect.stringMatching(/^Could not write .*last\.safetensors: the file is larger than a limit .*\.$/),
    ]);
    expect(await readdir(join(run, 'checkpoints'))).toEqual([]);
  });
});
