"""Prints the values of squeezenet-golden.ts as JSON. Needs torch, torchvision and numpy; no pretrained weights.

Caffe's network is written here from the authors' deploy.prototxt: images in blue, green, red; a last convolution with a
pixel of padding. Its arrays are filled by the formula from their Caffe names.
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch
import torchvision
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).parent))
from formula import filled, image, mixed, sample  # noqa: E402

CLASSES = 7


def convolution(x, name, filters, size, **options):
    """A convolution and its rectifier, with the weights of `name`."""
    shape = (filters, x.shape[1], size, size)
    scale = np.sqrt(6 / np.prod(shape[1:]))
    kernel = torch.tensor((mixed(int(np.prod(shape)), f"{name}.weight") * scale).astype(np.float32)).reshape(shape)
    bias = torch.tensor((0.1 * mixed(filters, f"{name}.bias")).astype(np.float32))
    return functional.relu(functional.conv2d(x, kernel, bias, **options))


def caffe_logits(rgb):
    def pool(x):
        return functional.max_pool2d(x, 3, 2, ceil_mode=True)

    x = pool(convolution(rgb.flip(1), "conv1", 96, 7, stride=2))
    for fire, (squeeze, expand) in enumerate(
        [(16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256)], start=2
    ):
        squeezed = convolution(x, f"fire{fire}/squeeze1x1", squeeze, 1)
        ones = convolution(squeezed, f"fire{fire}/expand1x1", expand, 1)
        threes = convolution(squeezed, f"fire{fire}/expand3x3", expand, 3, padding=1)
        x = torch.cat([ones, threes], 1)
        if fire in (4, 8):
            x = pool(x)
    return convolution(x, "conv10", CLASSES, 1, padding=1).mean((2, 3), keepdim=True)


with torch.no_grad():
    x = image(65)
    network = filled(torchvision.models.squeezenet1_0(weights=None, num_classes=CLASSES))
    print(
        json.dumps(
            {
                "torch": torch.__version__,
                "torchvision": torchvision.__version__,
                "parameters": sum(p.numel() for p in torchvision.models.squeezenet1_0(weights=None).parameters()),
                "features": sample(network.features(x), 23),
                "logits": sample(network(x)[:, :, None, None], 1),
                "caffeLogits": sample(caffe_logits(x), 1),
            }
        )
    )
