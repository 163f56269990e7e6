/** `npm start`: the main job from nothing, with embedded defaults. */
import { describeBackend, type BackendDescription } from '@plumbline/runtime';
import { freeRunFolder } from '@plumbline/training';
import { loadConfig } from '../config/load-config.ts';
import { PRESETS } from '../config/presets.ts';
import { dataRoot } from './config.ts';
import { runToTheEnd } from './train.ts';

export interface StartArguments {
  data?: string;
  run?: string;
}

/** One line about what is slower here, and what is smaller for it; falling back has been said by then, with its reason. */
function portableNotice({ name, forced }: BackendDescription, cropSize: number): string {
  const smaller =
    'the images and the crop are smaller: ' +
    `${cropSize} pixels instead of ${PRESETS.quick.config.augment.cropSize}.`;
  if (name === 'cpu') {
    return `The cpu backend is plain JavaScript, for checks only: every step takes minutes. At least ${smaller}`;
  }
  return forced
    ? `A step on the ${name} backend takes several times as long as on the native engine (one thread, convolutions above all), so ${smaller}`
    : `So ${smaller}`;
}

export async function start({ data, run }: StartArguments): Promise<void> {
  const backend = describeBackend();
  const preset = backend.name === 'tensorflow' ? 'quick' : 'quick-portable';
  const config = await loadConfig({ preset, set: dataRoot(data) });
  const folder = run ?? (await freeRunFolder('start'));
  const { train, model } = config;
  if (backend.name !== 'tensorflow') console.log(portableNotice(backend, config.augment.cropSize));
  console.log(
    `DeepLabv3 on ResNet-${model.depth} with ${model.recipe}, ${train.batchSize} images per step, ${train.steps} steps ` +
      `on ${config.data.root}. Run folder: ${folder}`,
  );
  await runToTheEnd(config, folder, false);
}
