"""Prints the values of keras-golden.ts as JSON. Needs keras, tensorflow and numpy; no pretrained weights."""
import json
import sys
from pathlib import Path

import keras
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from formula import mixed  # noqa: E402


def value_of(weight):
    """By the name `layer/weight` and the row-major index; kernels are [kh, kw, Cin, Cout]."""
    name = "/".join(weight.path.split("/")[-2:])
    shape = tuple(weight.shape)
    u = mixed(int(np.prod(shape)), name)
    if len(shape) == 4:
        # A depthwise kernel is [kh, kw, C, 1], each filter with one channel.
        fan_in = shape[0] * shape[1] * (1 if "_depthwise/" in name else shape[2])
        u = u * np.sqrt(6 / fan_in)
    elif name.endswith("moving_variance"):
        u = 1 + 0.5 * u
    elif name.endswith("gamma"):
        u = 0.5 + 0.2 * u
    else:
        u = 0.1 * u
    return u.astype(np.float32).reshape(shape)


def sample(model, step):
    for weight in model.weights:
        weight.assign(value_of(weight))
    planes = mixed(3 * 65 * 65, "image").astype(np.float32).reshape(1, 3, 65, 65)
    features = model.predict(planes.transpose(0, 2, 3, 1), verbose=0)
    values = [float(f"{value:.7g}") for value in features.reshape(-1)[::step].tolist()]
    names = ["/".join(weight.path.split("/")[-2:]) for weight in model.weights]
    return {"shape": list(features.shape), "step": step, "values": values}, names


applications = keras.applications
mobilenet = applications.MobileNetV2(alpha=0.5, input_shape=(65, 65, 3), include_top=False, weights=None)
# Its last convolution, to 1280 channels, is left out.
mobilenet = keras.Model(mobilenet.inputs, mobilenet.get_layer("block_16_project_BN").output)
resnet = applications.ResNet50(input_shape=(65, 65, 3), include_top=False, weights=None)
mobilenet_values, mobilenet_names = sample(mobilenet, 11)
resnet_values, resnet_names = sample(resnet, 97)
print(
    json.dumps(
        {
            "keras": keras.__version__,
            "names": [*mobilenet_names[:8], *mobilenet_names[-7:], *resnet_names[:8], *resnet_names[-7:]],
            "mobileNetV2Half": mobilenet_values,
            "resNet50": resnet_values,
        }
    )
)
