#!/usr/bin/env python3
"""Times decoding and augmenting a folder of pictures with torchvision and Pillow on one thread and prints one JSON line.

ImageFolder, RandomResizedCrop, RandomHorizontalFlip, ToTensor and Normalize in a DataLoader without workers, as torchvision's
documentation writes a training pipeline; `noyau bench --data FOLDER` does the same work. One epoch goes before.
"""
import argparse
import json
import time

import torch
from torchvision import datasets, transforms


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="one folder per class")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=3)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    transform = transforms.Compose([
        transforms.RandomResizedCrop(arguments.size), transforms.RandomHorizontalFlip(), transforms.ToTensor(),
        transforms.Normalize(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225])])
    loader = torch.utils.data.DataLoader(
        datasets.ImageFolder(arguments.folder, transform), batch_size=arguments.batch, shuffle=True)
    for _ in loader:
        pass
    images, begin, processor = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() < begin + arguments.seconds:
        for batch, _ in loader:
            images += len(batch)
    print(json.dumps({
        "images": images, "img_s_per_thread": images / (time.perf_counter() - begin),
        "img_s_per_core": images / (time.process_time() - processor)}))


if __name__ == "__main__":
    main()
