#!/usr/bin/env python3
"""Times training steps of one network in PyTorch and prints one JSON line.

Forward, cross-entropy, backward, SGD with momentum in float32 on random pictures, as `noyau bench MODEL --train` does. The first
step is reported on its own, the second only warms up.
"""
import argparse
import json
import resource
import time

import timm
import torch
import torchvision
from torch import nn
from torch.nn import functional as F

FROM_TIMM = {"xception": "legacy_xception", "mobilenetv1_100": "mobilenetv1_100", "seresnet50": "seresnet50"}
SIZES = {"xception": 299, "inception_v3": 299, "cifar_resnet20": 32, "lenet5": 28}


class Residual(nn.Module):
    """Two 3x3 convolutions with a shortcut, projected where the shape changes."""

    def __init__(self, before, width, stride):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(before, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))
        self.shortcut = nn.Identity()
        if stride > 1 or before != width:
            self.shortcut = nn.Sequential(nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        return F.relu(self.main(x) + self.shortcut(x))


def cifar_resnet20():
    layers = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    before = 16
    for width in (16, 32, 64):
        for i in range(3):
            layers.append(Residual(before, width, 2 if i == 0 and width > 16 else 1))
            before = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def lenet5():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))


def network(name):
    if name in ("cifar_resnet20", "lenet5"):
        return globals()[name]()
    if name in FROM_TIMM:
        return timm.create_model(FROM_TIMM[name], num_classes=1000, drop_rate=0.0)
    if name == "inception_v3":
        return torchvision.models.inception_v3(weights=None, aux_logits=False, init_weights=False)
    return getattr(torchvision.models, name)(weights=None)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--mode", choices=("eager", "channels_last", "compile"), default="channels_last")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=6)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(arguments.threads)
    size = SIZES.get(arguments.model, 224)
    model = network(arguments.model).train()
    x = torch.randn(arguments.batch, 1 if arguments.model == "lenet5" else 3, size, size)
    y = torch.randint(0, 10 if size < 64 else 1000, (arguments.batch,))
    if arguments.mode != "eager":
        model, x = model.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    forward = torch.compile(model) if arguments.mode == "compile" else model
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

    def timed_step():
        begin = time.perf_counter()
        loss = F.cross_entropy(forward(x), y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return time.perf_counter() - begin

    first = timed_step()
    timed_step()
    times, end = [], time.perf_counter() + arguments.seconds
    while len(times) < 3 or time.perf_counter() < end:
        times.append(timed_step())
    print(json.dumps({
        "mode": arguments.mode, "ms_per_step": 1e3 * sorted(times)[len(times) // 2], "first_step_s": first,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main()
