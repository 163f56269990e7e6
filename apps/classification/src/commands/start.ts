/** The app's main job from nothing: the drawn symbols of the project, classified. */
import { freeRunFolder } from '@plumbline/training';
import { loadConfig } from '../config/load-config.ts';
import { networkTitle } from '../network/build-network.ts';
import { runToTheEnd } from './train.ts';

export interface StartArguments {
  run?: string;
}

export async function start({ run }: StartArguments): Promise<void> {
  const config = await loadConfig({ preset: 'quick' });
  const folder = run ?? (await freeRunFolder('classification-start'));
  console.log(
    `${networkTitle(config.model)} with ${config.model.recipe} on the project's drawn symbols, ${config.train.epochs} epochs. ` +
      `Run folder: ${folder}`,
  );
  await runToTheEnd(config, folder, false);
}
