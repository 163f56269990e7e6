/**
 * NVIDIA's libraries (CUDA 12, cuDNN 9, NCCL) for the GPU build, from the Python package index: TensorFlow's libraries
 * look for them in `nvidia/*` beside their own folder, so a `pip install --target <engine>` is all that they need.
 */
import { PIP_MENDING, findPip } from './pip.ts';
import { lastLine, runCommand } from './run-command.ts';
import type { Say } from './say.ts';

/** What the wheel's extra "and-cuda" asks for. */
export const CUDA_REQUIREMENTS = [
  'nvidia-cublas-cu12>=12.5.3.2,<13',
  'nvidia-cuda-cupti-cu12>=12.5.82,<13',
  'nvidia-cuda-nvcc-cu12>=12.5.82,<13',
  'nvidia-cuda-nvrtc-cu12>=12.5.82,<13',
  'nvidia-cuda-runtime-cu12>=12.5.82,<13',
  'nvidia-cudnn-cu12>=9.3.0.75,<10',
  'nvidia-cufft-cu12>=11.2.3.61,<12',
  'nvidia-curand-cu12>=10.3.6.82,<11',
  'nvidia-cusolver-cu12>=11.6.3.83,<12',
  'nvidia-cusparse-cu12>=12.5.1.3,<13',
  'nvidia-nccl-cu12>=2.27.7,<3',
  'nvidia-nvjitlink-cu12>=12.5.82,<13',
] as const;

/** The command that puts them into an engine's folder by hand. */
export const cudaCommand = (engineFolder: string): string =>
  `python3 -m pip install --target "${engineFolder}" ${CUDA_REQUIREMENTS.map((name) => `"${name}"`).join(' ')}`;

/** @throws one sentence when pip is missing or fails. */
export async function installCudaLibraries(
  engineFolder: string,
  { say, signal }: { readonly say: Say; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const pip = await findPip(signal);
  if (pip === null) throw new Error(`CUDA's libraries come by pip; ${PIP_MENDING}`);
  say('TensorFlow does not see the GPU yet; getting the CUDA 12 libraries that it needs (some GB) …');
  const { status, stderr } = await runCommand(
    pip.python,
    [
      '-m',
      'pip',
      'install',
      '--no-deps',
      '--no-cache-dir',
      '--only-binary=:all:',
      `--target=${engineFolder}`,
      ...CUDA_REQUIREMENTS,
    ],
    { signal, showOutput: true },
  );
  if (status !== 0) throw new Error(`pip could not install CUDA's libraries: ${lastLine(stderr)}`);
}
