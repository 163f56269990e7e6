// Which variables of a model are normalization parameters, by the last part of their name.

const normParameter =
  /(^|\/)(gamma|beta|bias|groupGamma|groupBeta|tau|v|learnedEpsilon|moving[A-Z]\w*)(_\d+)?$/;

/**
 * Whether a variable is a scale, an offset, a bias, a threshold or a running statistic: the parameters that weight decay usually
 * leaves out. TF.js makes variable names unique with a suffix (`conv1/gamma_2`), which is ignored here.
 *
 * @param variableName The name of a variable or of a layer weight, such as `layer1.0.bn1/beta`.
 */
export const isNormParameter = (variableName: string): boolean => normParameter.test(variableName);
