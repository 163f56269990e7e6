"""Prints the values of cifar-resnet-golden.ts as JSON. Needs torch and numpy.

The networks of arXiv:1512.03385, section 4.2, with either shortcut, and of arXiv:1603.05027, written here from the papers.
Every array is filled by a formula from its name and its row-major index (formula.py, formula-weights.ts).
"""
import json
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).parent))
from formula import filled, image, sample  # noqa: E402

DEPTH = 14


def conv(inputs, filters, stride=1, bias=False):
    return nn.Conv2d(inputs, filters, 3, stride, 1, bias=bias)


def padded(x, filters, stride):
    """Option A."""
    half = (filters - x.shape[1]) // 2
    return functional.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, half, half))


class PostActivation(nn.Module):
    def __init__(self, inputs, filters, stride, shortcut):
        super().__init__()
        self.filters, self.stride = filters, stride
        self.conv1, self.bn1 = conv(inputs, filters, stride), nn.BatchNorm2d(filters)
        self.conv2, self.bn2 = conv(filters, filters), nn.BatchNorm2d(filters)
        if shortcut == "projection" and inputs != filters:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, filters, 1, stride, bias=False), nn.BatchNorm2d(filters)
            )

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        fit = self.downsample(x) if hasattr(self, "downsample") else padded(x, self.filters, self.stride)
        return torch.relu(y + fit)


class PreActivation(nn.Module):
    def __init__(self, inputs, filters, stride, shortcut, normalized):
        super().__init__()
        self.filters, self.stride, self.changes = filters, stride, inputs != filters
        self.conv1 = conv(inputs, filters, stride, bias=not normalized)
        self.conv2 = conv(filters, filters, bias=not normalized)
        self.bn1 = nn.BatchNorm2d(inputs) if normalized else nn.Identity()
        self.bn2 = nn.BatchNorm2d(filters) if normalized else nn.Identity()
        if shortcut == "projection" and self.changes:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, filters, 1, stride, bias=not normalized))

    def forward(self, x):
        first = torch.relu(self.bn1(x))
        y = self.conv2(torch.relu(self.bn2(self.conv1(first))))
        if hasattr(self, "downsample"):
            return y + self.downsample(first)
        return y + (padded(first, self.filters, self.stride) if self.changes else x)


class Last(nn.Module):
    def __init__(self, normalized, boundary):
        super().__init__()
        self.norm = nn.GroupNorm(1, 64) if boundary else nn.Identity()
        self.bn = nn.BatchNorm2d(64) if normalized else nn.Identity()

    def forward(self, x):
        return torch.relu(self.bn(self.norm(x)))


class ResNet(nn.Module):
    def __init__(self, shortcut, pre=False, normalized=True, boundary=False):
        super().__init__()
        self.pre = pre
        self.conv1 = conv(3, 16, bias=not normalized)
        if pre:
            self.stem = nn.ModuleDict({"norm": nn.GroupNorm(1, 16)} if boundary else {})
            self.last = Last(normalized, boundary)
        else:
            self.bn1 = nn.BatchNorm2d(16)
        inputs = 16
        for stage, filters in enumerate((16, 32, 64)):
            blocks = []
            for index in range((DEPTH - 2) // 6):
                stride = 2 if stage > 0 and index == 0 else 1
                blocks.append(
                    PreActivation(inputs, filters, stride, shortcut, normalized)
                    if pre
                    else PostActivation(inputs, filters, stride, shortcut)
                )
                inputs = filters
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))

    def forward(self, x):
        x = self.conv1(x)
        if not self.pre:
            x = torch.relu(self.bn1(x))
        elif "norm" in self.stem:
            x = self.stem["norm"](x)
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.last(x) if self.pre else x


NETWORKS = {
    "pad": ResNet("pad"),
    "projection": ResNet("projection"),
    "preActivationPad": ResNet("pad", pre=True),
    "boundaryProjection": ResNet("projection", pre=True, normalized=False, boundary=True),
}
with torch.no_grad():
    x = image(16)
    values = {"torch": torch.__version__}
    for name, network in NETWORKS.items():
        filled(network)
        values[name] = {"inference": sample(network(x), 11), "training": sample(network.train()(x), 11)}
    print(json.dumps(values))
