"""Prints the values of deeplabv3plus-golden.ts as JSON. Needs torch, torchvision, timm and numpy; no pretrained weights.

DeepLabv3+ is written here from the paper (Chen et al. 2018, arXiv:1802.02611, section 3.1) on torchvision's ResNet and
pyramid; the ResNets with deep stem and pooled shortcuts are timm's.
"""
import json
import sys
from pathlib import Path

import timm
import torch
import torchvision
from torch import nn
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).parent))
from formula import filled, image, sample  # noqa: E402

HEAD_CHANNELS = 32
LOW_LEVEL_CHANNELS = 48
CLASSES = 5


class Decoder(nn.Module):
    """The names are those of VainF/DeepLabV3Plus-Pytorch, with a second 3x3 convolution as in the paper."""

    def __init__(self, in_channels, low_level_channels, rates):
        super().__init__()
        pyramid = torchvision.models.segmentation.deeplabv3.ASPP(in_channels, rates, HEAD_CHANNELS)

        def unit(channels_in, channels_out, size):
            convolution = nn.Conv2d(channels_in, channels_out, size, padding=size // 2, bias=False)
            return [convolution, nn.BatchNorm2d(channels_out), nn.ReLU()]

        self.project = nn.Sequential(*unit(low_level_channels, LOW_LEVEL_CHANNELS, 1))
        self.aspp = pyramid
        self.classifier = nn.Sequential(
            *unit(LOW_LEVEL_CHANNELS + HEAD_CHANNELS, HEAD_CHANNELS, 3),
            *unit(HEAD_CHANNELS, HEAD_CHANNELS, 3),
            nn.Conv2d(HEAD_CHANNELS, CLASSES, 1),
        )

    def forward(self, low_level, features):
        details = self.project(low_level)
        coarse = self.aspp(features)
        resized = functional.interpolate(coarse, size=details.shape[2:], mode="bilinear", align_corners=True)
        return self.classifier(torch.cat([details, resized], dim=1))


class DeepLabV3Plus(nn.Module):
    """On ResNet-50 at output stride 16."""

    def __init__(self):
        super().__init__()
        resnet = torchvision.models.resnet50(weights=None, replace_stride_with_dilation=[False, False, True])
        layers = {"layer1": "low", "layer4": "out"}
        self.backbone = torchvision.models._utils.IntermediateLayerGetter(resnet, layers)
        self.classifier = Decoder(2048, 256, [6, 12, 18])

    def forward(self, x):
        features = self.backbone(x)
        logits = self.classifier(features["low"], features["out"])
        return functional.interpolate(logits, size=x.shape[2:], mode="bilinear", align_corners=True)


with torch.no_grad():
    x = image(65)
    plus = filled(DeepLabV3Plus())
    variants = {name: filled(timm.create_model(name, num_classes=0)) for name in ("resnet50c", "resnet18d")}
    print(
        json.dumps(
            {
                "torch": torch.__version__,
                "torchvision": torchvision.__version__,
                "timm": timm.__version__,
                "parameters": {name: sum(p.numel() for p in model.parameters()) for name, model in variants.items()},
                "deepLabV3PlusResNet50": sample(plus(x), 83),
                "resNet50C": sample(variants["resnet50c"].forward_features(x), 97),
                "resNet18D": sample(variants["resnet18d"].forward_features(x), 23),
            }
        )
    )
