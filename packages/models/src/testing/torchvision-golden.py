"""Prints the values of torchvision-golden.ts as JSON. Needs torch, torchvision and numpy; no pretrained weights.

Every array is filled by a formula from its torchvision name and its row-major index (formula.py, formula-weights.ts).
"""
import json
import sys
from pathlib import Path

import torch
import torchvision

sys.path.insert(0, str(Path(__file__).parent))
from formula import filled, image, sample  # noqa: E402

models = torchvision.models
with torch.no_grad():
    x = image(65)
    resnet = filled(models.resnet18(weights=None))
    resnext = filled(models.resnext50_32x4d(weights=None))
    mobilenet = filled(models.mobilenet_v2(weights=None))
    deeplab = filled(
        models.segmentation.deeplabv3_resnet50(weights=None, weights_backbone=None, num_classes=21, aux_loss=True)
    )
    features = deeplab.backbone(x)
    print(
        json.dumps(
            {
                "torch": torch.__version__,
                "torchvision": torchvision.__version__,
                "resNet18": sample(torch.nn.Sequential(*list(resnet.children())[:-2])(x), 23),
                "resNeXt50": sample(torch.nn.Sequential(*list(resnext.children())[:-2])(x), 97),
                "mobileNetV2": sample(mobilenet.features[:18](x), 17),
                "deepLabV3ResNet50": sample(deeplab.classifier(features["out"]), 7),
                "auxiliaryResNet50": sample(deeplab.aux_classifier(features["aux"]), 13),
            }
        )
    )
