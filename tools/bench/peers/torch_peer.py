"""The benchmark's network and step in PyTorch, answering the requests of protocol.ts: torch_peer.py eager|compile|limit [fused].

DeepLabv3 (Chen et al. 2017, arXiv:1706.05587) on ResNet-50 (He et al. 2015, arXiv:1512.03385) in torchvision's layout, but at
output stride 16. Needs nothing but torch.
"""

import json
import os
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

# As in protocol.ts and limit.ts.
CLASSES = 21
LEARNING_RATE, MOMENTUM, WEIGHT_DECAY = 0.007, 0.9, 1e-4
MATRIX_SIDE = 2048


def unit(inputs, outputs, size=1, stride=1, dilation=1, relu=True, norm=True):
    padding = dilation * (size // 2)
    layers = [nn.Conv2d(inputs, outputs, size, stride, padding, dilation, bias=not norm)]
    if norm:
        layers.append(nn.BatchNorm2d(outputs))
    if relu:
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)


class Bottleneck(nn.Module):
    def __init__(self, inputs, width, stride, dilation):
        super().__init__()
        self.branch = nn.Sequential(
            unit(inputs, width),
            unit(width, width, 3, stride, dilation),
            unit(width, 4 * width, relu=False),
        )
        fits = stride == 1 and inputs == 4 * width
        self.shortcut = nn.Identity() if fits else unit(inputs, 4 * width, stride=stride, relu=False)

    def forward(self, x):
        return F.relu(self.branch(x) + self.shortcut(x), inplace=True)


def resnet50(output_stride):
    layers = [unit(3, 64, 7, 2), nn.MaxPool2d(3, 2, 1)]
    inputs = 64
    for stage, blocks in enumerate([3, 4, 6, 3]):
        dilated = output_stride == 16 and stage == 3
        for block in range(blocks):
            stride = 2 if block == 0 and stage > 0 and not dilated else 1
            layers.append(Bottleneck(inputs, 64 << stage, stride, 2 if dilated and block > 0 else 1))
            inputs = 256 << stage
    return nn.Sequential(*layers)


class Pyramid(nn.Module):
    def __init__(self, inputs, channels, rates, normalizes_pooled):
        super().__init__()
        branches = [unit(inputs, channels)] + [unit(inputs, channels, 3, dilation=rate) for rate in rates]
        self.branches = nn.ModuleList(branches)
        self.pooled = nn.Sequential(nn.AdaptiveAvgPool2d(1), unit(inputs, channels, norm=normalizes_pooled))
        self.project = nn.Sequential(unit(channels * (len(rates) + 2), channels), nn.Dropout(0.5))

    def forward(self, x):
        pooled = F.interpolate(self.pooled(x), x.shape[2:], mode="bilinear", align_corners=True)
        return self.project(torch.cat([branch(x) for branch in self.branches] + [pooled], dim=1))


class Segmenter(nn.Module):
    def __init__(self, network, normalizes_pooled):
        super().__init__()
        if network == "deeplab":
            head = [Pyramid(2048, 256, [6, 12, 18], normalizes_pooled), unit(256, 256, 3), nn.Conv2d(256, CLASSES, 1)]
        else:
            head = [nn.Conv2d(2048, CLASSES, 1)]
        self.layers = nn.Sequential(resnet50(16 if network == "deeplab" else 32), *head)

    def forward(self, images):
        return F.interpolate(self.layers(images), images.shape[2:], mode="bilinear", align_corners=True)


class Loss(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, images, labels):
        return F.cross_entropy(self.model(images), labels, ignore_index=255)


def noise(case, device):
    shape = (case["batch"], 3, case["size"], case["size"])
    images = torch.randn(shape, device=device).to(memory_format=torch.channels_last)
    return images, torch.randint(0, CLASSES, (shape[0], *shape[2:]), device=device)


def step_of(case, mode, fused, device):
    """The step, and the number of trainable values."""
    if case["recipe"] != "bn":
        raise ValueError(f"PyTorch has no {case['recipe']} here; ask for bn.")
    model = Segmenter(case["network"], case["batch"] > 1)
    model = model.to(device=device, memory_format=torch.channels_last)
    images, labels = noise(case, device)
    if case["task"] == "inference":
        run = torch.compile(model.eval()) if mode == "compile" else model.eval()

        def infer():
            with torch.inference_mode():
                run(images).flatten()[0].item()

        return infer, None
    loss_of = torch.compile(Loss(model)) if mode == "compile" else Loss(model)
    optimizer = torch.optim.SGD(
        model.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY, fused=fused or None
    )

    def train():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device, torch.bfloat16, enabled=case["precision"] == "bf16"):
            loss = loss_of(images, labels)
        loss.backward()
        optimizer.step()
        loss.item()
        if device == "cuda":
            torch.cuda.synchronize()

    return train, sum(p.numel() for p in model.parameters())


def product(device):
    a, b = (torch.randn(MATRIX_SIDE, MATRIX_SIDE, device=device) for _ in range(2))

    def multiply():
        (a @ b).flatten()[0].item()

    return multiply


def main():
    mode, fused = sys.argv[1], "fused" in sys.argv[2:]
    # What libraries print must not come between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    where = torch.cuda.get_device_name() if device == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    about = {"PyTorch": f"{torch.__version__}, {where}, SGD {'fused' if fused else 'as it is by default'}"}
    step = None
    for line in sys.stdin:
        try:
            request = json.loads(line)
            if request["do"] == "prepare":
                step, parameters = (
                    (product(device), None) if mode == "limit" else step_of(request["case"], mode, fused, device)
                )
                answer = {"answer": "prepared", "about": about, "parameters": parameters, "flop": None}
            else:
                times = []
                for _ in range(request["steps"]):
                    start = time.perf_counter()
                    step()
                    times.append(1000 * (time.perf_counter() - start))
                peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                answer = {"answer": "ran", "milliseconds": times, "peakBytes": peak, "problem": None}
        except Exception as error:  # a reason is an answer too
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            answer = {"answer": "failed", "reason": reason}
        print(json.dumps(answer), file=answers, flush=True)


main()
