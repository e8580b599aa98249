#!/usr/bin/env python3
"""Writes the files of tests/io/pytorch/reader_test.cpp; they were made with PyTorch 2.15."""

import os
from collections import OrderedDict

import torch

numbers = torch.arange(24, dtype=torch.float32) / 8
tensors = OrderedDict(
    [
        ("conv.weight", numbers.reshape(2, 3, 2, 2).clone()),
        ("conv.bias", torch.tensor([0.5, -1.25])),
        ("bn.num_batches_tracked", torch.tensor(7)),
        ("half", torch.tensor([1.5, -2.0]).half()),
        ("bf16", torch.tensor([3.0, 0.125]).bfloat16()),
        ("double", torch.tensor([[1e-3]], dtype=torch.float64)),
        ("view", numbers[4:10].reshape(2, 3)),
        ("empty", torch.zeros(0, 3)),
    ]
)
parallel = {"module." + k: torch.nn.Parameter(v) for k, v in list(tensors.items())[:2]}
checkpoint = {"epoch": 3, "state_dict": parallel, "optimizer": {"m": torch.ones(4)}}


class Command:
    """What an attacker would put into a file."""

    def __reduce__(self):
        return (os.system, ("true",))


def save(value, name, **options):
    torch.save(value, name, **options)


save(tensors, "small.pth")
save(tensors, "stream.pth", _use_new_zipfile_serialization=False)
save(checkpoint, "checkpoint.pth")
save(checkpoint, "checkpoint_stream.pth", _use_new_zipfile_serialization=False)
save({"w": numbers.reshape(4, 6).t()}, "transposed.pth")
save({"w": torch.ones(1), "x": Command()}, "evil.pth")
save(torch.nn.Linear(2, 2), "module.pth")
save([1, 2], "list.pth")
