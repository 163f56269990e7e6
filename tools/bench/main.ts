/**
 * How fast training is here, beside PyTorch and stock TensorFlow.js, in one run on one machine.
 *
 * Every peer is a process of its own, started anew for each case; they take turns, one step each. Numbers are medians after a
 * warm-up; a ratio is of medians of the same turns, and below 1 the one named first is faster, or takes less. A whole run takes
 * hours on two cores; `--sizes 65 --steps 2` shows in minutes what comes.
 *
 *   npm run bench -- [--sizes 129,257,513] [--batches 1,2] [--peers eager,captured,recomputed,torch,torch-compile]
 *     [--precisions float32,bf16] [--parts training,recipes,stock,inference,loader] [--steps 9] [--warm-up 3] [--python python3] [--fused-sgd]
 *     [--data <VOC2012>] [--out <file.md> | --write]
 *
 * `--python` names a Python with PyTorch; without one its columns are left out. `--out` writes the tables to a file, row by row;
 * `--write` puts those of a whole run into docs/performance.md, between its marks.
 */
import { findTorch, remarkLoad, type Bench } from './contestants.ts';
import { BenchDocument } from './document.ts';
import { readOptions, type Part } from './options.ts';
import { inference } from './parts/inference.ts';
import { loader } from './parts/loader.ts';
import { recipes } from './parts/recipes.ts';
import { stock } from './parts/stock.ts';
import { training } from './parts/training.ts';

const RUN: Readonly<Record<Part, (bench: Bench) => Promise<void>>> = {
  training,
  recipes,
  stock,
  inference,
  loader,
};

/** Options whose values mean nothing on another machine. */
const PATHS = ['--python', '--data', '--out'];

/** The arguments for readers elsewhere. */
const withoutPaths = (args: readonly string[]): string[] =>
  args.map((arg, k) => {
    const [option = '', value] = arg.split('=');
    if (PATHS.includes(option) && value !== undefined) return `${option}=…`;
    return PATHS.includes(args[k - 1] ?? '') ? '…' : arg;
  });

async function bench(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  const { out, savesOften } = options;
  const command = ['npm run bench', ...(args.length > 0 ? ['--', ...withoutPaths(args)] : [])].join(' ');
  const document = new BenchDocument(command, async () => {
    if (out !== null && savesOften) await document.save(out);
  });
  // A file that cannot take the tables is to be found out now, and not in an hour.
  if (out !== null) await document.checkPlace(out);
  remarkLoad(document);
  const hasTorch = await findTorch(options.python);
  if (!hasTorch) {
    const missing = `${options.python} cannot import torch; name a Python that can with --python.`;
    if (!savesOften) throw new Error(`--write wants PyTorch's columns too, but ${missing}`);
    document.remark(`No PyTorch: ${missing}`);
  }
  for (const part of options.parts) await RUN[part]({ options, document, hasTorch });
  if (out !== null) await document.save(out);
  console.log(`\n${document.markdown()}`);
}

try {
  await bench(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
