/** The app's main job from nothing: the sample of two domains, adapted. */
import { freeRunFolder } from '@plumbline/training';
import { loadConfig } from '../config/load-config.ts';
import { runToTheEnd } from './train.ts';

export interface StartArguments {
  run?: string;
}

export async function start({ run }: StartArguments): Promise<void> {
  const config = await loadConfig({ preset: 'quick' });
  const folder = run ?? (await freeRunFolder('adaptation-start'));
  console.log(
    `${config.method.name} with ${config.model.recipe} on the project's two sample domains, ${config.train.steps} steps. ` +
      `Run folder: ${folder}`,
  );
  await runToTheEnd(config, folder, false);
}
