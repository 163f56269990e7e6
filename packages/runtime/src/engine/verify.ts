/** Loads a binding in a process of its own, where a crash does no harm, and multiplies two matrices with it. */
import { lastLine, runCommand } from './run-command.ts';

export interface Verified {
  /** Version of libtensorflow. */
  readonly libtensorflow: string;
  readonly gpuSeen: boolean;
}

// A text, not a module: it runs under plain Node, whatever loader this process has.
const CHECK = `
const binding = require(process.argv[1]);
const matrix = (rows, columns) =>
  binding.createTensor([rows, columns], binding.TF_FLOAT, Float32Array.from({ length: rows * columns }, (_, i) => i + 1));
const attributes = [
  { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
  { name: 'transpose_a', type: binding.TF_ATTR_BOOL, value: false },
  { name: 'transpose_b', type: binding.TF_ATTR_BOOL, value: false },
];
const [product] = binding.executeOp('MatMul', attributes, [matrix(2, 3), matrix(3, 2)], 1);
const values = Array.from(binding.tensorDataSync(product.id));
process.stdout.write(JSON.stringify({
  libtensorflow: binding.TF_Version, gpuSeen: binding.isUsingGpuDevice(), values,
}));
`;

const EXPECTED_PRODUCT = [22, 28, 49, 64];
const TIMEOUT_MILLISECONDS = 180_000;

/** @throws one sentence that says why this binding cannot be used. */
export async function verifyBinding(bindingPath: string, signal?: AbortSignal): Promise<Verified> {
  const result = await runCommand(process.execPath, ['-e', CHECK, bindingPath], {
    env: { ...process.env, NODE_OPTIONS: '', TF_CPP_MIN_LOG_LEVEL: '2' },
    signal,
    timeout: TIMEOUT_MILLISECONDS,
  });
  if (result.signal === 'SIGILL') {
    throw new Error(
      `${bindingPath} uses instructions that this processor lacks (AVX); it needs one from 2012 or later`,
    );
  }
  if (result.status !== 0) {
    const reason = result.stderr.split('\n').find((line) => /^\w*Error/.test(line));
    throw new Error(`${bindingPath} does not load (${reason ?? result.signal ?? lastLine(result.stderr)})`);
  }
  const { values, ...verified } = JSON.parse(result.stdout) as Verified & {
    readonly values: readonly number[];
  };
  if (values.join() !== EXPECTED_PRODUCT.join()) {
    throw new Error(
      `${bindingPath} computes a wrong matrix product (${values.join()}, wanted ${EXPECTED_PRODUCT.join()})`,
    );
  }
  return verified;
}
