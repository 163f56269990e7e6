import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/** `model` as TF.js's own `save` and `loadLayersModel` give it back. The topology goes through JSON text, as in a file. */
export async function savedAndLoaded(model: tfl.LayersModel): Promise<tfl.LayersModel> {
  const saved: tf.io.ModelArtifacts[] = [];
  await model.save(
    tf.io.withSaveHandler((artifacts) => {
      const modelTopology = JSON.parse(JSON.stringify(artifacts.modelTopology)) as object;
      saved.push({ ...artifacts, modelTopology });
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
    }),
  );
  const [artifacts] = saved;
  if (artifacts === undefined) throw new Error('model.save did not call its handler.');
  return tfl.loadLayersModel(tf.io.fromMemory(artifacts));
}
