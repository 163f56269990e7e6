"""Prints the values of torchvision-golden.ts as JSON. Needs torch, torchvision and numpy; no pretrained weights.

Every array is filled by a formula from its torchvision name and its row-major index; formula-weights.ts has the same.
"""
import json

import numpy as np
import torch
import torchvision


def mixed(count, name):
    """`count` values in [-1, 1) from a 32-bit hash of name and index."""
    seed = 0
    for character in name:
        seed = (seed * 31 + ord(character)) & 0xFFFFFFFF
    with np.errstate(over="ignore"):
        x = (np.arange(count, dtype=np.uint32) + np.uint32(seed)) * np.uint32(2654435761)
        x ^= x >> np.uint32(15)
        x *= np.uint32(2246822519)
        x ^= x >> np.uint32(13)
    return x.astype(np.float64) / 2**31 - 1


def filled(model):
    state = model.state_dict()
    for name, value in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        u = mixed(value.numel(), name)
        if value.dim() == 4:
            u = u * np.sqrt(6 / (value.shape[1] * value.shape[2] * value.shape[3]))
        elif name.endswith("running_var"):
            u = 1 + 0.5 * u
        elif name.endswith("weight"):
            u = 0.5 + 0.2 * u
        else:
            u = 0.1 * u
        state[name] = torch.tensor(u.astype(np.float32)).reshape(value.shape)
    model.load_state_dict(state)
    return model.eval()


def sample(features, step):
    values = features.permute(0, 2, 3, 1)
    chosen = [float(f"{value:.7g}") for value in values.reshape(-1)[::step].tolist()]
    return {"shape": list(values.shape), "step": step, "values": chosen}


models = torchvision.models
with torch.no_grad():
    image = torch.tensor(mixed(3 * 65 * 65, "image").astype(np.float32)).reshape(1, 3, 65, 65)
    resnet = filled(models.resnet18(weights=None))
    mobilenet = filled(models.mobilenet_v2(weights=None))
    deeplab = filled(models.segmentation.deeplabv3_resnet50(weights=None, weights_backbone=None, num_classes=21))
    print(
        json.dumps(
            {
                "torch": torch.__version__,
                "torchvision": torchvision.__version__,
                "resNet18": sample(torch.nn.Sequential(*list(resnet.children())[:-2])(image), 23),
                "mobileNetV2": sample(mobilenet.features[:18](image), 17),
                "deepLabV3ResNet50": sample(deeplab.classifier(deeplab.backbone(image)["out"]), 7),
            }
        )
    )
