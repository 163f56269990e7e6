// A model through TF.js's own save and load, in memory.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/** `model` saved and loaded again. The topology goes through JSON text, as it does in a file. */
export async function savedAndLoaded(model: tfl.LayersModel): Promise<tfl.LayersModel> {
  const saved: tf.io.ModelArtifacts[] = [];
  await model.save(
    tf.io.withSaveHandler((artifacts) => {
      const modelTopology = JSON.parse(
        JSON.stringify(artifacts.modelTopology),
      ) as tf.io.ModelArtifacts['modelTopology'];
      saved.push({ ...artifacts, ...(modelTopology === undefined ? {} : { modelTopology }) });
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
    }),
  );
  const [artifacts] = saved;
  if (artifacts === undefined) throw new Error('model.save did not call its handler.');
  return tfl.loadLayersModel(tf.io.fromMemory(artifacts));
}
